'use client';

import { CloudOff, type LucideIcon, SearchX } from 'lucide-react';
import type { ReactNode } from 'react';
import { useT } from '../i18n/provider';
import { Button } from '../ui/button';
import { Empty } from '../ui/notice';
import { TableSkeleton } from './table-skeleton';

interface TableStatesProps {
  /** Null: not here yet. */
  readonly count: number | null;
  readonly isError: boolean;
  readonly onRetry: () => void;
  /** What stands there when there is nothing at all. */
  readonly empty: { readonly icon: LucideIcon; readonly title: string; readonly hint: string };
  /** Given where filters are set: what to say when nothing meets them, and how they are cleared. */
  readonly filtered: { readonly hint: string; readonly onClear: () => void } | null;
  /** The table. */
  readonly children: ReactNode;
}

/** A table, or what stands in its place: on the way, failed, nothing that matches, nothing at all. */
export function TableStates(props: TableStatesProps) {
  const t = useT();
  const { count, isError, onRetry, empty, filtered, children } = props;
  if (count === null && isError) {
    return (
      <Empty icon={CloudOff} title={t('error.title')} hint={t('error.hint')}>
        <Button onClick={onRetry}>{t('common.retry')}</Button>
      </Empty>
    );
  }
  if (count === null) return <TableSkeleton />;
  if (count > 0) return children;
  if (filtered === null) return <Empty {...empty} />;
  return (
    <Empty icon={SearchX} title={t('table.noMatch')} hint={filtered.hint}>
      <Button onClick={filtered.onClear}>{t('table.clear')}</Button>
    </Empty>
  );
}
