'use client';

import { useT } from '../i18n/provider';
import { Skeleton } from '../ui/skeleton';

const ROWS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

/** The shape of a table while its rows are on the way. */
export function TableSkeleton() {
  const t = useT();
  return (
    <div role="status" className="divide-y divide-line">
      <span className="sr-only">{t('common.loading')}</span>
      {ROWS.map((row) => (
        <div key={row} className="flex items-center gap-6 px-4 py-4 sm:px-5">
          <Skeleton className="h-3 w-32" />
          <Skeleton className="h-3 flex-1" />
          <Skeleton className="h-3 w-20" />
        </div>
      ))}
    </div>
  );
}
