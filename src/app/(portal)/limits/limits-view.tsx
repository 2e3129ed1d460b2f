'use client';

import { useQuery } from '@tanstack/react-query';
import { ArrowRight } from 'lucide-react';
import Link from 'next/link';
import { useTimeZone } from '@/components/data/local-time';
import { useT } from '@/components/i18n/provider';
import { trpc } from '@/components/trpc/client';
import { FRESH_MS, pollEvery } from '@/components/trpc/polling';
import { Alert } from '@/components/ui/notice';
import { PageHeader } from '@/components/ui/page-header';
import type { BudgetPage } from '@/server/services/budgets/get';
import type { DeliveryPage } from '@/server/services/outbox/deliveries';
import type { Limits } from '@/server/services/portal/read-limits';
import { BudgetCard } from './budget-card';
import { DeliveryCard } from './delivery-card';
import { KeyLimitsCard } from './key-limits-card';
import { BUDGET_KEY, LIMITS_KEY } from './query-keys';
import { StandingCard } from './standing-card';

const REFRESH_MS = 5_000;

interface LimitsViewProps {
  readonly initial: {
    readonly limits: Limits;
    readonly budget: BudgetPage;
    readonly deliveries: DeliveryPage;
  };
}

export function LimitsView({ initial }: LimitsViewProps) {
  const t = useT();
  const zone = useTimeZone();
  const limits = useQuery({
    queryKey: LIMITS_KEY,
    queryFn: () => trpc.portal.limits.query(),
    initialData: initial.limits,
    staleTime: FRESH_MS,
    refetchInterval: pollEvery(REFRESH_MS),
  });
  const budget = useQuery({
    queryKey: BUDGET_KEY,
    queryFn: () => trpc.portal.budget.get.query(),
    initialData: initial.budget,
    staleTime: FRESH_MS,
    refetchInterval: pollEvery(REFRESH_MS),
  });
  const { data } = limits;
  return (
    <>
      <PageHeader title={t('limits.title')} lead={t('limits.lead', { zone: zone ?? 'UTC' })}>
        <Link
          href="/limits/refusals"
          className="inline-flex items-center gap-1 rounded-sm font-medium text-accent-strong hover:underline"
        >
          {t('limits.toRefusals')}
          <ArrowRight className="size-3.5" aria-hidden="true" />
        </Link>
      </PageHeader>
      <div className="space-y-5">
        {limits.isError || budget.isError ? <Alert tone="waiting">{t('keys.stale')}</Alert> : null}
        {data.suspended ? <Alert tone="bad">{t('overview.suspended')}</Alert> : null}
        <StandingCard limits={data} />
        <BudgetCard page={budget.data} />
        <KeyLimitsCard limits={data} />
        <DeliveryCard initial={initial.deliveries} mayChange={budget.data.mayChange} />
      </div>
    </>
  );
}
