import type { ReactNode } from 'react';

export interface Fact {
  readonly name: string;
  /** Null: there is none, and no line for it. */
  readonly value: ReactNode | null;
}

/** A part of a receipt under its heading. */
export function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="border-line border-t px-5 py-4 first:border-t-0">
      <h3 className="mb-2 font-medium text-ink-2 text-sm">{title}</h3>
      {children}
    </section>
  );
}

/** Names and what they are, one a line. */
export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className="space-y-1.5">
      {facts
        .filter(({ value }) => value !== null)
        .map(({ name, value }) => (
          <div key={name} className="flex items-baseline justify-between gap-6">
            <dt className="shrink-0 text-ink-2">{name}</dt>
            <dd className="figures min-w-0 break-words text-right">{value}</dd>
          </div>
        ))}
    </dl>
  );
}
