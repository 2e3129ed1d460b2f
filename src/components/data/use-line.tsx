'use client';

import { useT } from '../i18n/provider';
import { formatCount, formatDuration } from '../ui/format';
import { Meter } from '../ui/meter';

interface UseLineProps {
  readonly title: string;
  readonly used: number;
  readonly limit: number | null;
  readonly resetsInMs: number;
}

/** Requests of a period against its limit: a figure, a bar, and when it starts again. */
export function UseLine({ title, used, limit, resetsInMs }: UseLineProps) {
  const t = useT();
  const resets = t('overview.resetsIn', { time: formatDuration(resetsInMs, t) });
  const left =
    limit === null
      ? t('overview.noLimit')
      : used >= limit
        ? t('overview.reached')
        : t('overview.left', { count: formatCount(limit - used) });
  return (
    <div className="flex flex-col p-4 sm:p-5">
      <h2 className="font-medium text-ink-2 text-sm">{title}</h2>
      <p className="mt-2 flex flex-wrap items-baseline gap-x-1.5">
        <span className="font-semibold text-2xl tracking-tight">{formatCount(used)}</span>
        <span className="text-ink-2">
          {limit === null ? null : `${t('overview.ofLimit', { limit: formatCount(limit) })} `}
          {t(used === 1 && limit === null ? 'overview.request' : 'overview.requests')}
        </span>
      </p>
      <div className="mt-auto pt-4">
        {limit === null ? null : <Meter used={used} limit={limit} label={title} />}
        <p className="figures mt-2 flex flex-wrap justify-between gap-x-3 text-ink-2 text-sm">
          <span className={limit !== null && used >= limit ? 'font-medium text-danger' : ''}>
            {left}
          </span>
          <span>{resets}</span>
        </p>
      </div>
    </div>
  );
}
