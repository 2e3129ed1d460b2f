'use client';

import type { ReactNode } from 'react';
import { LocalTime } from '@/components/data/local-time';
import { Money } from '@/components/data/money';
import { useT } from '@/components/i18n/provider';
import { Card } from '@/components/ui/card';
import { formatCount } from '@/components/ui/format';
import { Meter } from '@/components/ui/meter';
import type { CountLimit, Limits } from '@/server/services/portal/read-limits';

/** What holds the whole organisation back: money, and requests a day and a month. */
export function StandingCard({ limits }: { limits: Limits }) {
  const t = useT();
  return (
    <Card className="@container">
      <div className="grid gap-px bg-line *:bg-surface @md:grid-cols-2 @3xl:grid-cols-[1.25fr_1fr_1fr]">
        <section className="@md:col-span-2 @3xl:col-span-1 p-4 sm:p-5">
          <h2 className="font-medium text-ink-2 text-sm">{t('limits.spendable')}</h2>
          <p className="mt-1.5">
            <Money
              nano={limits.spendableNano}
              className={`font-semibold text-2xl tracking-tight ${limits.spendableNano.startsWith('-') ? 'text-danger' : ''}`}
            />
          </p>
          <dl className="mt-4 space-y-1 text-sm">
            <Part name={t('limits.balance')} nano={limits.balanceNano} />
            <Part name={t('limits.credit')} nano={limits.creditLimitNano} />
            <Part
              name={t('limits.held', { count: formatCount(limits.inFlight) })}
              nano={limits.heldNano === '0' ? '0' : `-${limits.heldNano}`}
            />
          </dl>
        </section>
        <CountPanel title={t('limits.today')} {...limits.today} resetsAt={limits.dayEndsAt} />
        <CountPanel title={t('limits.month')} {...limits.month} resetsAt={limits.monthEndsAt} />
      </div>
    </Card>
  );
}

function Part({ name, nano }: { name: string; nano: string }) {
  return (
    <div className="flex justify-between gap-4">
      <dt className="text-ink-2">{name}</dt>
      <dd>
        <Money nano={nano} />
      </dd>
    </div>
  );
}

function CountPanel(props: CountLimit & { title: string; resetsAt: string }) {
  const t = useT();
  const { title, used, limit, resetsAt } = props;
  return (
    <section className="flex flex-col p-4 sm:p-5">
      <h2 className="font-medium text-ink-2 text-sm">{title}</h2>
      <p className="mt-1.5 flex flex-wrap items-baseline gap-x-1.5">
        <span className="figures font-semibold text-2xl tracking-tight">{formatCount(used)}</span>
        <span className="text-ink-2">
          {limit === null
            ? t('limits.unlimited')
            : t('limits.ofRequests', { limit: formatCount(limit) })}
        </span>
      </p>
      <div className="mt-auto pt-4">
        {limit === null ? null : <Meter used={used} limit={limit} label={title} />}
        <ResetLine>
          <LocalTime iso={resetsAt} />
        </ResetLine>
      </div>
    </section>
  );
}

/** When a count starts afresh. */
export function ResetLine({ children }: { children: ReactNode }) {
  const t = useT();
  return (
    <p className="mt-2 text-ink-2 text-sm">
      {t('limits.resets')} {children}
    </p>
  );
}
