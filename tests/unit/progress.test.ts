import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { createProgress, progressLine } from '../../tools/progress';

it('says what is done, the rate, and the time that is left', () => {
  expect(progressLine('tenants', { done: 12_000, total: 100_000, from: 0, tookMs: 15_000 })).toBe(
    '12,000 of 100,000 tenants (12 %), 800/s, 1 min 50 s left',
  );
});

it('does not count what an earlier run had done into the rate', () => {
  const state = { done: 60, total: 100, from: 50, tookMs: 10_000 };
  expect(progressLine('rows', state)).toBe('60 of 100 rows (60 %), 1.0/s, 40 s left');
});

it('is whole where there is nothing to do', () => {
  expect(progressLine('rows', { done: 0, total: 0, from: 0, tookMs: 0 })).toBe(
    '0 of 0 rows (100 %), 0.0/s',
  );
});

it.each([
  { isTTY: true, expected: ['\r\u001b[2K1 of 4', '\r\u001b[2K3 of 4'] },
  { isTTY: false, expected: ['3 of 4'] },
])(
  'speaks seldom: one line on a terminal ($isTTY), one in ten seconds elsewhere',
  ({ isTTY, expected }) => {
    const written: string[] = [];
    const write = (chunk: unknown, _encoding: string, done: () => void) => {
      written.push(String(chunk));
      done();
    };
    const out = Object.assign(new Writable({ write }), { isTTY });
    let nowMs = 1_000;
    const progress = createProgress({ what: 'rows', total: 4, out, now: () => nowMs });
    for (const [done, ms] of [
      [1, 500],
      [2, 50],
      [3, 15_000],
    ] as const) {
      nowMs += ms;
      progress.at(done);
    }
    expect(written.map((line) => line.slice(0, expected[0]?.length ?? 0))).toEqual(expected);
  },
);
