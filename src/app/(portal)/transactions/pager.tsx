'use client';

import { useT } from '@/components/i18n/provider';
import { Button } from '@/components/ui/button';
import { formatInstant } from '@/components/ui/format';
import type { useTransactionPage } from './use-transaction-page';

interface PagerProps {
  readonly page: ReturnType<typeof useTransactionPage>;
  readonly isFirst: boolean;
  readonly onNewest: () => void;
  readonly onOlder: (cursor: string) => void;
}

/** How far the page goes, and the ways on. */
export function Pager({ page, isFirst, onNewest, onOlder }: PagerProps) {
  const t = useT();
  const { nextCursor, searchedTo, isSearching } = page;
  if (isFirst && nextCursor === null) return null;
  const isShort = searchedTo !== null;
  return (
    <div className="flex flex-wrap items-center justify-between gap-3 border-line border-t px-4 py-3 sm:px-5">
      <p role="status" className="figures text-ink-2 text-sm">
        {isShort ? t('transactions.searchedTo', { time: formatInstant(searchedTo) }) : null}
      </p>
      <div className="flex gap-2">
        {isShort && isSearching ? (
          <Button onClick={page.stop}>{t('transactions.stop')}</Button>
        ) : null}
        {isShort && !isSearching ? (
          <Button onClick={page.goOn}>{t('transactions.goOn')}</Button>
        ) : null}
        <Button disabled={isFirst} onClick={onNewest}>
          {t('table.newest')}
        </Button>
        {isShort ? null : (
          <Button
            disabled={nextCursor === null}
            onClick={() => (nextCursor === null ? undefined : onOlder(nextCursor))}
          >
            {t('table.older')}
          </Button>
        )}
      </div>
    </div>
  );
}
