'use client';

import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { trpc } from '@/components/trpc/client';
import { FRESH_MS, pollEvery } from '@/components/trpc/polling';
import type { UrlFilters } from '@/components/ui/url-filters';
import type { TransactionPage } from '@/server/services/portal/list-transactions';
import type { TransactionView } from '@/server/services/portal/transaction-view';
import { type FilterName, inputOf, PAGE_SIZE } from './filter-values';

const REFRESH_MS = 5_000;

interface Step {
  readonly cursor: string | null;
  readonly limit: number;
}

/**
 * The page that the address asks for. Each answer of the server looks at a bounded piece of the ledger;
 * where few rows match, the next piece is asked for by itself until the page is full, or until `stop`.
 */
export function useTransactionPage(
  filters: UrlFilters<FilterName>,
  before: string,
  initial: TransactionPage,
) {
  const address = JSON.stringify([filters, before]);
  const [drawn] = useState(address);
  const [stoppedAt, setStoppedAt] = useState<string | null>(null);
  const first: Step = { cursor: before === '' ? null : before, limit: PAGE_SIZE };
  const query = useInfiniteQuery({
    queryKey: ['portal', 'transactions', address],
    queryFn: ({ pageParam: { cursor, limit } }) =>
      trpc.portal.transactions.query({
        ...inputOf(filters, Date.now()),
        limit,
        ...(cursor === null ? {} : { cursor }),
      }),
    initialPageParam: first,
    getNextPageParam: ({ searchedTo, nextCursor: cursor }, pages): Step | undefined => {
      const limit = PAGE_SIZE - itemsOf(pages).length;
      return searchedTo === null || limit <= 0 ? undefined : { cursor, limit };
    },
    // What the server drew is of the address that it was asked for.
    ...(address === drawn ? { initialData: { pages: [initial], pageParams: [first] } } : {}),
    placeholderData: keepPreviousData,
    staleTime: FRESH_MS,
    refetchInterval: (asked) =>
      before === '' && asked.state.data?.pages.length === 1 ? pollEvery(REFRESH_MS)(asked) : false,
  });

  const { data, hasNextPage, isFetching, fetchNextPage } = query;
  const isStopped = stoppedAt === address;
  const goesOn = hasNextPage && !isStopped && !query.isPlaceholderData && !query.isError;
  useEffect(() => {
    if (goesOn && !isFetching) void fetchNextPage();
  }, [goesOn, isFetching, fetchNextPage]);

  const last = data?.pages.at(-1);
  return {
    query,
    items: data === undefined ? null : itemsOf(data.pages),
    nextCursor: last?.nextCursor ?? null,
    /** How far back was looked, where that is not the end. */
    searchedTo: last?.searchedTo ?? null,
    isSearching: goesOn,
    stop: () => setStoppedAt(address),
    goOn: () => setStoppedAt(null),
  };
}

const itemsOf = (pages: readonly TransactionPage[]): readonly TransactionView[] =>
  pages.flatMap(({ items }) => items);
