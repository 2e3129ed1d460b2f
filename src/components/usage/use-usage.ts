'use client';

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { UsageReport } from '@/server/services/portal/read-usage';
import { trpc } from '../trpc/client';
import { FRESH_MS, pollEvery } from '../trpc/polling';
import type { UsageQuestion } from './question';

/** A first answer that the server put into the page, and to what. */
export interface FirstUsage {
  readonly question: UsageQuestion;
  readonly report: UsageReport;
}

const REFRESH_MS = 5_000;

/** The report of a question, read again and again while the page is looked at. */
export function useUsage(question: UsageQuestion, first: FirstUsage) {
  const isFirst = question.range === first.question.range && question.by === first.question.by;
  return useQuery({
    queryKey: ['portal', 'usage', question.range, question.by],
    queryFn: () => trpc.portal.usage.query(question),
    staleTime: FRESH_MS,
    refetchInterval: pollEvery(REFRESH_MS),
    placeholderData: keepPreviousData,
    ...(isFirst ? { initialData: first.report } : {}),
  });
}
