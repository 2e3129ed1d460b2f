'use client';

import { useT } from '@/components/i18n/provider';

interface BudgetBarProps {
  readonly spent: bigint;
  readonly amount: bigint;
  readonly thresholds: readonly { readonly percent: number; readonly reachedAt: string | null }[];
}

/** Spend against a budget, with a mark at each threshold; the bar goes on beyond 100 % where they do. */
export function BudgetBar({ spent, amount, thresholds }: BudgetBarProps) {
  const t = useT();
  const end = Math.max(100, ...thresholds.map(({ percent }) => percent));
  const used = Number((spent * 10_000n) / amount) / 100;
  const tone = used >= 100 ? 'fill-danger' : used >= 80 ? 'fill-warn-fill' : 'fill-accent';
  const at = (percent: number) => `${Math.min(100, (percent / end) * 100)}%`;
  return (
    <div>
      <meter className="sr-only" aria-label={t('budget.title')} min={0} max={end} value={used}>
        {used} %
      </meter>
      <svg className="block h-8 w-full overflow-visible" aria-hidden="true">
        <rect width="100%" height="8" rx="4" className="fill-line" />
        <rect
          width={used > 0 ? at(Math.max(used, end / 100)) : '0'}
          height="8"
          rx="4"
          className={`${tone} transition-[width] duration-500`}
        />
        {thresholds.map(({ percent, reachedAt }) => (
          <g key={percent}>
            <line
              x1={at(percent)}
              x2={at(percent)}
              y1="-3"
              y2="11"
              strokeWidth="2"
              className={reachedAt === null ? 'stroke-line-strong' : 'stroke-ink'}
            />
            <text
              x={at(percent)}
              y="27"
              textAnchor={percent === end ? 'end' : 'middle'}
              className="figures fill-ink-2 text-xs"
            >
              {percent} %
            </text>
          </g>
        ))}
      </svg>
    </div>
  );
}
