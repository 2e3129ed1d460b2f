import { describe, expect, it } from 'vitest';
import { isQuick, pagesTable } from '../../tools/pages/verdict';

const twenty = (...slowMs: number[]) => [...Array(20 - slowMs.length).fill(50), ...slowMs];

describe('the portal is quick for a long ledger', () => {
  it('while nineteen in twenty of each page stay below 300 ms', () => {
    expect(isQuick(new Map([['overview', twenty(900)]]))).toBe(true);
    expect(isQuick(new Map([['overview', twenty(300, 900)]]))).toBe(false);
  });

  it('and not where one page of many is slow; the table says which', () => {
    const times = new Map([
      ['overview', twenty()],
      ['usage', twenty(300, 300)],
    ]);
    expect(isQuick(times)).toBe(false);
    expect(pagesTable(times).split('\n').slice(2)).toEqual([
      '| overview | 50 | 50 | 50 | ok |',
      '| usage | 50 | 300 | 300 | slow |',
    ]);
  });
});
