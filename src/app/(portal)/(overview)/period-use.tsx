'use client';

import { Money } from '@/components/data/money';
import { useT } from '@/components/i18n/provider';
import { formatCount, formatDuration } from '@/components/ui/format';
import { Meter } from '@/components/ui/meter';
import type { PeriodUse as Use } from '@/server/services/portal/read-overview';

/** Requests of a period against its limit, what they cost, and when it starts again. */
export function PeriodUse({ title, use }: { title: string; use: Use }) {
  const t = useT();
  const { used, limit, spentNano, resetsInMs } = use;
  const isReached = limit !== null && used >= limit;
  return (
    <div className="flex flex-col p-4 sm:p-5">
      <h2 className="flex flex-wrap items-baseline justify-between gap-x-3 font-medium text-ink-2 text-sm">
        {title}
        <span className="figures font-normal">
          {t('overview.resetsIn', { time: formatDuration(resetsInMs, t) })}
        </span>
      </h2>
      <p className="mt-2 flex flex-wrap items-baseline gap-x-1.5">
        <span className="figures font-semibold text-2xl tracking-tight">{formatCount(used)}</span>
        <span className="text-ink-2">
          {limit === null ? null : `${t('overview.ofLimit', { limit: formatCount(limit) })} `}
          {t(used === 1 && limit === null ? 'overview.request' : 'overview.requests')}
        </span>
      </p>
      <div className="mt-auto pt-4">
        {limit === null ? null : <Meter used={used} limit={limit} label={title} />}
        <p className="figures mt-2 flex flex-wrap justify-between gap-x-3 text-ink-2 text-sm">
          <span>
            <Money nano={spentNano} className="text-ink" /> {t('overview.spent')}
          </span>
          <span className={isReached ? 'font-medium text-danger' : ''}>
            {limit === null
              ? t('overview.noLimit')
              : isReached
                ? t('overview.reached')
                : t('overview.left', { count: formatCount(limit - used) })}
          </span>
        </p>
      </div>
    </div>
  );
}
