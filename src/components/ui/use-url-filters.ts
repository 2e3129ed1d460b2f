'use client';

import { usePathname, useSearchParams } from 'next/navigation';
import { useCallback } from 'react';
import { readFilters, type UrlFilters } from './url-filters';

/** `push`: the back button undoes it. `replace`: it does not, as for what is still being typed. */
export type HistoryStep = 'push' | 'replace';

/**
 * What a page shows, kept in its address, so that it can be shared and the back button works. An absent
 * parameter reads as ''; setting '' takes it away. Other parameters stay. The server is not asked.
 */
export function useUrlFilters<Name extends string>(
  names: readonly Name[],
): readonly [UrlFilters<Name>, (change: Partial<UrlFilters<Name>>, step?: HistoryStep) => void] {
  const pathname = usePathname();
  const params = useSearchParams();
  const filters = readFilters(names, (name) => params.get(name));
  const change = useCallback(
    (wanted: Partial<UrlFilters<Name>>, step: HistoryStep = 'push') => {
      // Read now: two changes may come before the page is drawn again.
      const next = new URLSearchParams(window.location.search);
      for (const [name, value] of Object.entries<string | undefined>(wanted)) {
        if (value === undefined) continue;
        if (value === '') next.delete(name);
        else next.set(name, value);
      }
      const query = next.toString();
      const url = query === '' ? pathname : `${pathname}?${query}`;
      if (step === 'push') window.history.pushState(null, '', url);
      else window.history.replaceState(null, '', url);
    },
    [pathname],
  );
  return [filters, change];
}
