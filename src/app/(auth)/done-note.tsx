'use client';

import { CircleCheck } from 'lucide-react';
import type { ReactNode } from 'react';

/** What happened, and what comes next; announced when it takes a form's place. */
export function DoneNote({ children }: { children: ReactNode }) {
  return (
    <div role="status" className="mt-8 flex items-start gap-2.5 rounded-md bg-accent-soft p-4">
      <CircleCheck className="mt-0.5 size-4 shrink-0 text-accent-strong" aria-hidden="true" />
      <div className="min-w-0 space-y-2 break-words">{children}</div>
    </div>
  );
}
