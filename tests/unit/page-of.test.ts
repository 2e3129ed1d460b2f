import { expect, it } from 'vitest';
import { pageOf } from '@/components/data/page-of';

const rows = Array.from({ length: 101 }, (_, at) => at);

it('every row is on one page, and the figures say which', () => {
  const pages = [0, 1, 2].map((page) => pageOf(rows, page, 50));
  expect(pages.flatMap((page) => page.rows)).toEqual(rows);
  expect(pages.map(({ from, to, total, pages }) => [from, to, total, pages])).toEqual([
    [1, 50, 101, 3],
    [51, 100, 101, 3],
    [101, 101, 101, 3],
  ]);
  expect(pageOf(rows.slice(0, 100), 1, 50)).toMatchObject({ from: 51, to: 100, pages: 2 });
});

it('a page beyond the end is the last one, and no rows are one empty page', () => {
  expect(pageOf(rows, 7, 50)).toMatchObject({ page: 2, from: 101 });
  expect(pageOf([], 3, 50)).toEqual({ rows: [], page: 0, pages: 1, from: 0, to: 0, total: 0 });
});
