'use client';

import { useQuery } from '@tanstack/react-query';
import { ArrowRight } from 'lucide-react';
import Link from 'next/link';
import { lazy, Suspense, useState } from 'react';
import { QuickStart } from '@/components/data/quick-start';
import { TransactionTable } from '@/components/data/transaction-table';
import { useT } from '@/components/i18n/provider';
import { trpc } from '@/components/trpc/client';
import { FRESH_MS, pollEvery } from '@/components/trpc/polling';
import { Card, CardHeader } from '@/components/ui/card';
import { Alert } from '@/components/ui/notice';
import { PageHeader } from '@/components/ui/page-header';
import type { FirstUsage } from '@/components/usage/use-usage';
import type { Overview } from '@/server/services/portal/read-overview';
import { BalancePanel } from './balance-panel';
import { LiveSign } from './live-sign';
import { PeriodUse } from './period-use';
import { UsageCard } from './usage-card';

/** Of no use to whoever has made a call. */
const FirstCall = lazy(async () => ({ default: (await import('./first-call')).FirstCall }));

/** Cheap enough to ask again and again: some indexed rows, a few milliseconds. */
const REFRESH_MS = 2_000;

interface OverviewViewProps {
  readonly initial: Overview;
  readonly usage: FirstUsage;
  readonly baseUrl: string;
}

export function OverviewView({ initial, usage, baseUrl }: OverviewViewProps) {
  const t = useT();
  const { data, isError, failureCount } = useQuery({
    queryKey: ['portal', 'overview'],
    queryFn: () => trpc.portal.overview.query(),
    initialData: initial,
    staleTime: FRESH_MS,
    refetchInterval: pollEvery(REFRESH_MS),
  });
  // Who came to a page without a request stays with the first steps until the first one is there.
  const [isFirstRun, setIsFirstRun] = useState(!hasCharges(initial));
  const model = data.exampleModel ?? 'gpt-4o-mini';
  return (
    <>
      <PageHeader title={t('overview.title')} lead={t('overview.lead')}>
        <LiveSign isLost={isError || failureCount > 0} />
      </PageHeader>
      <div className="space-y-5">
        {isFirstRun ? (
          <Suspense>
            <FirstCall
              overview={data}
              baseUrl={baseUrl}
              model={model}
              onDone={() => setIsFirstRun(false)}
            />
          </Suspense>
        ) : null}
        <Standing data={data} />
        {hasCharges(data) ? (
          <>
            <UsageCard first={usage} />
            <Recent rows={data.recent} />
          </>
        ) : null}
        {isFirstRun ? null : <QuickStart baseUrl={baseUrl} model={model} />}
      </div>
    </>
  );
}

const hasCharges = ({ recent }: Overview): boolean => recent.some((row) => row.kind === 'charge');

function Recent({ rows }: { rows: Overview['recent'] }) {
  const t = useT();
  return (
    <Card>
      <CardHeader title={t('overview.recent')}>
        <Link
          href="/transactions"
          className="inline-flex items-center gap-1 rounded-sm font-medium text-accent-strong text-sm hover:underline"
        >
          {t('overview.all')}
          <ArrowRight className="size-3.5" aria-hidden="true" />
        </Link>
      </CardHeader>
      <TransactionTable rows={rows} />
    </Card>
  );
}

function Standing({ data }: { data: Overview }) {
  const t = useT();
  const spendable = BigInt(data.availableNano) + BigInt(data.creditLimitNano);
  return (
    <>
      {data.suspended ? <Alert tone="bad">{t('overview.suspended')}</Alert> : null}
      {spendable <= 0n ? <Alert tone="waiting">{t('overview.exhausted')}</Alert> : null}
      <Card className="@container">
        <div className="grid gap-px bg-line *:bg-surface @md:grid-cols-2 @3xl:grid-cols-[1.25fr_1fr_1fr]">
          <BalancePanel
            availableNano={data.availableNano}
            heldNano={data.heldNano}
            inFlight={data.inFlight}
            creditLimitNano={data.creditLimitNano}
          />
          <PeriodUse title={t('overview.today')} use={data.today} />
          <PeriodUse title={t('overview.month')} use={data.month} />
        </div>
      </Card>
    </>
  );
}
