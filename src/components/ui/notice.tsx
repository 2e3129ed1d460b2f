import type { LucideIcon } from 'lucide-react';
import { CircleAlert } from 'lucide-react';
import type { ReactNode } from 'react';

/** A sentence that must be seen; announced to screen readers when it appears. */
export function Alert({ tone, children }: { tone: 'bad' | 'waiting'; children: ReactNode }) {
  const look = tone === 'bad' ? 'bg-danger-soft text-danger' : 'bg-warn-soft text-warn';
  return (
    <div role="alert" className={`flex items-start gap-2.5 rounded-md px-3.5 py-2.5 ${look}`}>
      <CircleAlert className="mt-0.5 size-4 shrink-0" aria-hidden="true" />
      <div>{children}</div>
    </div>
  );
}

/** What stands where there is nothing to show: an icon, what is missing, and what to do. */
export function Empty(props: {
  icon: LucideIcon;
  title: string;
  hint: string;
  children?: ReactNode;
}) {
  const Icon = props.icon;
  return (
    <div className="flex flex-col items-center px-6 py-14 text-center">
      <span className="mb-3 inline-flex size-10 items-center justify-center rounded-lg border border-line bg-sunken text-ink-3">
        <Icon className="size-5" aria-hidden="true" />
      </span>
      <p className="font-medium">{props.title}</p>
      <p className="mt-1 max-w-sm text-ink-2">{props.hint}</p>
      {props.children === undefined ? null : <div className="mt-4">{props.children}</div>}
    </div>
  );
}
