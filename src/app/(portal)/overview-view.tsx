'use client';

import { useQuery } from '@tanstack/react-query';
import { ArrowRight, ReceiptText } from 'lucide-react';
import Link from 'next/link';
import { BalancePanel } from '@/components/data/balance-panel';
import { QuickStart } from '@/components/data/quick-start';
import { TransactionTable } from '@/components/data/transaction-table';
import { UseLine } from '@/components/data/use-line';
import { useT } from '@/components/i18n/provider';
import { trpc } from '@/components/trpc/client';
import { Card, CardHeader } from '@/components/ui/card';
import { Alert, Empty } from '@/components/ui/notice';
import { PageHeader } from '@/components/ui/page-header';
import type { Overview } from '@/server/services/portal/read-overview';
import { LiveSign } from './live-sign';

const REFRESH_MS = 3_000;

export function OverviewView({ initial, baseUrl }: { initial: Overview; baseUrl: string }) {
  const t = useT();
  const { data, isError, failureCount } = useQuery({
    queryKey: ['portal', 'overview'],
    queryFn: () => trpc.portal.overview.query(),
    initialData: initial,
    refetchInterval: REFRESH_MS,
  });
  const hasCharges = data.recent.some((row) => row.kind === 'charge');
  const quickStart = <QuickStart baseUrl={baseUrl} model={data.exampleModel ?? 'gpt-4o-mini'} />;
  return (
    <>
      <PageHeader title={t('overview.title')}>
        <LiveSign isLost={isError || failureCount > 0} />
      </PageHeader>
      <div className="space-y-5">
        <Standing data={data} />
        {hasCharges ? null : quickStart}
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
          {data.recent.length === 0 ? (
            <Empty
              icon={ReceiptText}
              title={t('transactions.empty')}
              hint={t('transactions.emptyHint')}
            />
          ) : (
            <TransactionTable rows={data.recent} />
          )}
        </Card>
        {hasCharges ? quickStart : null}
      </div>
    </>
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
          <UseLine title={t('overview.today')} {...data.today} />
          <UseLine title={t('overview.month')} {...data.month} />
        </div>
      </Card>
    </>
  );
}
