import type { ReactNode } from 'react';

export function Card({ children, className = '' }: { children: ReactNode; className?: string }) {
  return (
    <section
      className={`overflow-hidden rounded-lg border border-line bg-surface shadow-card ${className}`}
    >
      {children}
    </section>
  );
}

export function CardHeader({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <header className="flex min-h-13 flex-wrap items-center justify-between gap-x-4 gap-y-2 border-line border-b px-4 py-2 sm:px-5">
      <h2 className="font-semibold text-base">{title}</h2>
      {children}
    </header>
  );
}
