import type { ReactNode } from 'react';

export function PageHeader(props: { title: string; lead?: string; children?: ReactNode }) {
  return (
    <div className="mb-6 flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
      <div className="min-w-0">
        <h1 className="font-semibold text-xl">{props.title}</h1>
        {props.lead === undefined ? null : <p className="mt-1 text-ink-2">{props.lead}</p>}
      </div>
      {props.children}
    </div>
  );
}
