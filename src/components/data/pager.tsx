'use client';

import { useState } from 'react';
import { useT } from '../i18n/provider';
import { Button } from '../ui/button';
import { formatCount } from '../ui/format';
import { type PageOf, pageOf } from './page-of';

const PAGE_SIZE = 50;

/**
 * A list page by page. `choice` is what the list was chosen and ordered by: another one begins at the
 * first page.
 */
export function usePages<Row>(rows: readonly Row[], choice: string, size = PAGE_SIZE) {
  const [place, setPlace] = useState({ choice, page: 0 });
  const current = pageOf(rows, place.choice === choice ? place.page : 0, size);
  return { current, onPage: (page: number) => setPlace({ choice, page }) };
}

interface PagerProps {
  readonly current: PageOf<unknown>;
  readonly onPage: (page: number) => void;
}

/** Which rows of how many are shown, and the way to the others; nothing where all are. */
export function Pager({ current: { page, pages, from, to, total }, onPage }: PagerProps) {
  const t = useT();
  if (pages === 1) return null;
  const figures = { from: formatCount(from), to: formatCount(to), total: formatCount(total) };
  return (
    <footer className="flex flex-wrap items-center justify-between gap-2 border-line border-t px-4 py-3 sm:px-5">
      <p role="status" className="figures text-ink-2 text-sm">
        {t('pages.shown', figures)}
      </p>
      <div className="flex gap-2">
        <Button disabled={page === 0} onClick={() => onPage(page - 1)}>
          {t('pages.previous')}
        </Button>
        <Button disabled={page === pages - 1} onClick={() => onPage(page + 1)}>
          {t('pages.next')}
        </Button>
      </div>
    </footer>
  );
}
