import type { ReactNode } from 'react';

const TONES = {
  good: 'bg-accent-soft text-accent-strong',
  waiting: 'bg-warn-soft text-warn',
  bad: 'bg-danger-soft text-danger',
  muted: 'bg-sunken text-ink-2',
} as const;

export type Tone = keyof typeof TONES;

export function Badge({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span
      className={`inline-flex items-center rounded-sm px-1.5 py-px font-medium text-xs ${TONES[tone]}`}
    >
      {children}
    </span>
  );
}
