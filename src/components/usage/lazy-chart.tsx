'use client';

import { type ComponentProps, lazy, Suspense } from 'react';
import { Skeleton } from '../ui/skeleton';
import type { UsageChart as Chart } from './usage-chart';

const UsageChart = lazy(async () => ({ default: (await import('./usage-chart')).UsageChart }));

/**
 * The chart, which the server draws into the page; the script that makes it answer comes after the
 * page's own.
 */
export function LazyChart(props: ComponentProps<typeof Chart>) {
  return (
    <Suspense
      fallback={
        <div className="p-4 sm:p-5">
          <Skeleton className="mb-4 h-7 w-40" />
          <Skeleton className="h-58 w-full" />
        </div>
      }
    >
      <UsageChart {...props} />
    </Suspense>
  );
}
