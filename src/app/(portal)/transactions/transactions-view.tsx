'use client';

import { ReceiptText } from 'lucide-react';
import { useCallback } from 'react';
import { csvHref } from '@/components/data/csv-href';
import { ExportButton } from '@/components/data/export-button';
import { TableStates } from '@/components/data/table-states';
import { TransactionTable } from '@/components/data/transaction-table';
import { useT } from '@/components/i18n/provider';
import { Card } from '@/components/ui/card';
import { PageHeader } from '@/components/ui/page-header';
import type { UrlFilters } from '@/components/ui/url-filters';
import { type HistoryStep, useUrlFilters } from '@/components/ui/use-url-filters';
import type { TransactionPage } from '@/server/services/portal/list-transactions';
import { ColumnMenu, columnsOf } from './column-menu';
import { FILTERS, type FilterName, inputOf, NO_FILTERS, PLACES } from './filter-values';
import { Filters, type KeyName } from './filters';
import { Pager } from './pager';
import { ReceiptDrawer } from './receipt-drawer';
import { useTransactionPage } from './use-transaction-page';

interface TransactionsViewProps {
  /** The page of the address as the server was asked for it. */
  readonly initial: TransactionPage;
  readonly keys: readonly KeyName[];
  readonly models: readonly string[];
}

/** The ledger of the tenant. Filters, page, columns and the open receipt are all in the address. */
export function TransactionsView({ initial, keys, models }: TransactionsViewProps) {
  const t = useT();
  const [filters, setFilters] = useUrlFilters(FILTERS);
  const [place, setPlace] = useUrlFilters(PLACES);
  const page = useTransactionPage(filters, place.before, initial);
  const { query, items, isSearching } = page;
  const isFiltered = Object.values(filters).some((value) => value !== '');
  const columns = columnsOf(place.columns);

  const change = useCallback(
    (wanted: Partial<UrlFilters<FilterName>>, step?: HistoryStep) => {
      // The place in other rows is no place in these.
      setPlace({ before: '' }, 'replace');
      setFilters(wanted, step);
    },
    [setFilters, setPlace],
  );
  // A page without rows is still on its way while the search goes on.
  const count = items === null || (items.length === 0 && isSearching) ? null : items.length;
  return (
    <>
      <PageHeader title={t('transactions.title')} lead={t('transactions.lead')}>
        <div className="flex flex-wrap gap-2">
          <ColumnMenu
            shown={columns}
            onChange={(shown) => setPlace({ columns: shown }, 'replace')}
          />
          <ExportButton
            href={() => csvHref('/api/portal/transactions.csv', inputOf(filters, Date.now()))}
            name="transactions"
          />
        </div>
      </PageHeader>
      <Filters filters={filters} onChange={change} keys={keys} models={models} />
      <Card className={query.isPlaceholderData ? 'opacity-60 transition-opacity delay-150' : ''}>
        <TableStates
          count={count}
          isError={query.isError}
          onRetry={() => void query.refetch()}
          empty={{
            icon: ReceiptText,
            title: t('transactions.empty'),
            hint: t('transactions.emptyHint'),
          }}
          filtered={
            isFiltered
              ? {
                  hint: t(
                    page.searchedTo === null
                      ? 'transactions.noMatchHint'
                      : 'transactions.noMatchSoFar',
                  ),
                  onClear: () => change(NO_FILTERS),
                }
              : null
          }
        >
          <TransactionTable
            rows={items ?? []}
            columns={columns}
            openTraceId={place.receipt}
            onOpen={(receipt) => setPlace({ receipt })}
          />
        </TableStates>
        <Pager
          page={page}
          isFirst={place.before === ''}
          onNewest={() => setPlace({ before: '' })}
          onOlder={(before) => setPlace({ before })}
        />
      </Card>
      <ReceiptDrawer
        traceId={place.receipt}
        keys={keys}
        onOpen={(receipt) => setPlace({ receipt })}
        onClose={() => setPlace({ receipt: '' })}
      />
    </>
  );
}
