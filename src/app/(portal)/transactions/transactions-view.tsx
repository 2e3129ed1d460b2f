'use client';

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { CloudOff, ReceiptText, SearchX } from 'lucide-react';
import { useState } from 'react';
import { TableSkeleton } from '@/components/data/table-skeleton';
import { TransactionTable } from '@/components/data/transaction-table';
import { useT } from '@/components/i18n/provider';
import { trpc } from '@/components/trpc/client';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { Empty } from '@/components/ui/notice';
import { PageHeader } from '@/components/ui/page-header';
import type { TransactionPage } from '@/server/services/portal/list-transactions';
import { Filters, NO_FILTER, type TransactionFilter } from './filters';
import { PAGE_SIZE } from './page-size';

const REFRESH_MS = 5_000;

/** Filters, and the cursors of the pages walked so far; the newest page refreshes itself. */
export function TransactionsView({ initial }: { initial: TransactionPage }) {
  const t = useT();
  const [filter, setFilter] = useState<TransactionFilter>(NO_FILTER);
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const cursor = cursors.at(-1);
  const isFiltered = filter.status !== 'all' || filter.traceId !== '';
  const isFirst = cursor === undefined;

  const query = useQuery({
    queryKey: ['portal', 'transactions', filter, cursor ?? null],
    queryFn: () =>
      trpc.portal.transactions.query({
        limit: PAGE_SIZE,
        ...(isFirst ? {} : { cursor }),
        ...(filter.status === 'all' ? {} : { status: filter.status }),
        ...(filter.traceId === '' ? {} : { traceId: filter.traceId }),
      }),
    ...(isFirst && !isFiltered ? { initialData: initial } : {}),
    placeholderData: keepPreviousData,
    refetchInterval: isFirst ? REFRESH_MS : false,
  });
  const change = (next: TransactionFilter) => {
    setFilter(next);
    setCursors([]);
  };
  return (
    <>
      <PageHeader title={t('transactions.title')} lead={t('transactions.lead')} />
      <Filters value={filter} onChange={change} />
      <Card className={query.isPlaceholderData ? 'opacity-60 transition-opacity delay-150' : ''}>
        <Rows
          page={query.data}
          isError={query.isError}
          isFiltered={isFiltered}
          onRetry={() => void query.refetch()}
          onReset={() => change(NO_FILTER)}
        />
        <Pager
          pageNumber={cursors.length + 1}
          nextCursor={query.data?.nextCursor ?? null}
          onNewest={() => setCursors([])}
          onOlder={(next) => setCursors([...cursors, next])}
        />
      </Card>
    </>
  );
}

function Rows(props: {
  page: TransactionPage | undefined;
  isError: boolean;
  isFiltered: boolean;
  onRetry: () => void;
  onReset: () => void;
}) {
  const t = useT();
  if (props.page === undefined && props.isError) {
    return (
      <Empty icon={CloudOff} title={t('error.title')} hint={t('error.hint')}>
        <Button onClick={props.onRetry}>{t('common.retry')}</Button>
      </Empty>
    );
  }
  if (props.page === undefined) return <TableSkeleton />;
  if (props.page.items.length > 0) return <TransactionTable rows={props.page.items} />;
  if (props.isFiltered) {
    return (
      <Empty icon={SearchX} title={t('transactions.noMatch')} hint={t('transactions.noMatchHint')}>
        <Button onClick={props.onReset}>{t('transactions.reset')}</Button>
      </Empty>
    );
  }
  return (
    <Empty icon={ReceiptText} title={t('transactions.empty')} hint={t('transactions.emptyHint')} />
  );
}

function Pager(props: {
  pageNumber: number;
  nextCursor: string | null;
  onNewest: () => void;
  onOlder: (cursor: string) => void;
}) {
  const t = useT();
  const { nextCursor, pageNumber } = props;
  if (pageNumber === 1 && nextCursor === null) return null;
  return (
    <div className="flex items-center justify-between gap-3 border-line border-t px-4 py-3 sm:px-5">
      <span className="figures text-ink-2 text-sm">
        {t('transactions.page', { page: pageNumber })}
      </span>
      <div className="flex gap-2">
        <Button disabled={pageNumber === 1} onClick={props.onNewest}>
          {t('transactions.newest')}
        </Button>
        <Button
          disabled={nextCursor === null}
          onClick={() => {
            if (nextCursor !== null) props.onOlder(nextCursor);
          }}
        >
          {t('transactions.older')}
        </Button>
      </div>
    </div>
  );
}
