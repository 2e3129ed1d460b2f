import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { costOf, familyOf, parseRssBytes, parseStat } from '../../tools/bench/figures/process-cost';
import { Results, type Round } from '../../tools/bench/figures/results';
import { median, percentile, percentilesOf, spreadOf } from '../../tools/bench/figures/statistics';
import { judge, quotient, targetRows } from '../../tools/bench/figures/targets';
import { readOptions } from '../../tools/bench/options';
import { drawSvg } from '../../tools/bench/report/svg';
import { tableOf } from '../../tools/bench/report/table';
import { readCores } from '../../tools/bench/subjects/place';

describe('the arithmetic of the bench', () => {
  it('takes a percentile as the least value that so many are not above', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
    expect(percentile(hundred, 0.5)).toBe(50);
    expect(percentile(hundred, 0.99)).toBe(99);
    expect(percentile([7], 0.01)).toBe(7);
    expect(percentile([], 0.5)).toBe(0);
    expect(percentilesOf([3, 1, 2])).toEqual({ p50: 2, p95: 3, p99: 3 });
  });

  it('takes the middle, or the mean of the two middle ones', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([10, 1, 5, 3])).toBe(4);
    expect(() => median([])).toThrow('median of nothing');
    expect(spreadOf([10, 1, 5])).toEqual({ median: 5, min: 1, max: 10 });
  });

  it('holds a ratio against its bound, and judges nothing that was not measured', () => {
    expect(judge(2, { kind: 'most', value: 2 })).toBe('ok');
    expect(judge(2.01, { kind: 'most', value: 2 })).toBe('short');
    expect(judge(5, { kind: 'least', value: 5 })).toBe('ok');
    expect(judge(4.99, { kind: 'least', value: 5 })).toBe('short');
    expect(judge(null, { kind: 'least', value: 5 })).toBe('not measured');
    expect(judge(1, { kind: 'least', value: 5 }, false)).toBe('reported');
    expect(quotient(6, 3)).toBe(2);
    expect(quotient(6, 0)).toBeNull();
    expect(quotient(null, 3)).toBeNull();
  });
});

describe('what a process cost', () => {
  const line = '42 (node (a) b) S 7 42 42 0 -1 4194304 9 0 0 0 12 34 5 6 20 0 11 0 100';

  it('is its user and system time, whatever its name holds', () => {
    expect(parseStat(line)).toEqual({ parentPid: 7, cpuUs: 460_000 });
    expect(() => parseStat('42 (node) S')).toThrow('too few fields');
    expect(parseRssBytes('Name:\tnode\nVmRSS:\t  2048 kB\n')).toBe(2_097_152);
  });

  it('counts the children of children, and nobody else', () => {
    const parents = new Map([
      [4, 3],
      [3, 2],
      [2, 1],
      [9, 1],
    ]);
    expect([...familyOf([2], parents)].sort()).toEqual([2, 3, 4]);
  });

  it.runIf(process.platform === 'linux')('is read from the running system', () => {
    const { parentPid } = parseStat(readFileSync('/proc/self/stat', 'utf8'));
    expect(parentPid).toBe(process.ppid);
    expect(costOf([process.pid]).rssBytes).toBeGreaterThan(1_000_000);
    expect(costOf([])).toEqual({ cpuUs: 0, rssBytes: 0 });
  });
});

const round = (requests: number, cpuUs: number, failures = 0): Round => {
  const times = { p50: 2, p95: 3, p99: 4 };
  const load = { requests, failures, firstFailure: failures > 0 ? 'status 500' : null };
  const seen = { ...load, tookMs: 1_000, events: requests * 100, latencyMs: times, ttftMs: times };
  return { load: seen, cost: { cpuUs, rssBytes: 5e7 } };
};

describe('the target table', () => {
  it('shows medians over rounds as ratios', () => {
    const results = new Results();
    for (const requests of [90, 100, 1_000]) results.add('plain', 'bare', round(requests, 100));
    results.add('plain', 'ours', round(50, 150));
    const [cpu, againstPortkey] = targetRows(results, 2);
    expect(cpu).toMatchObject({ ratio: 3, verdict: 'short' });
    expect(againstPortkey).toMatchObject({ ratio: null, verdict: 'not measured' });
  });

  it('says nothing of a subject whose answers failed', () => {
    const results = new Results();
    results.add('plain', 'bare', round(100, 100, 1));
    results.add('plain', 'ours', round(100, 100));
    expect(targetRows(results, 2)[0]).toMatchObject({ verdict: 'not measured' });
  });

  it('judges two processes only where there are cores for them', () => {
    const results = new Results();
    results.add('plain', 'ours', round(100, 100));
    results.add('plain', 'ours-2', round(110, 100));
    expect(targetRows(results, 2).at(-1)).toMatchObject({ ratio: 1.1, verdict: 'reported' });
    expect(targetRows(results, 4).at(-1)).toMatchObject({ ratio: 1.1, verdict: 'short' });
  });

  it('is drawn for a light and for a dark page, with what was measured alone', () => {
    const results = new Results();
    results.add('plain', 'ours', round(100, 15_000));
    const svg = drawSvg(results);
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg).toContain('Tallygate, full billing');
    expect(svg).not.toContain('Portkey');
    expect(svg).toContain('>150<');
  });

  it('lines its columns up', () => {
    expect(tableOf(['a', 'b'], [['long', '1']])).toEqual([
      '| a    | b |',
      '| ---- | - |',
      '| long | 1 |',
    ]);
  });
});

describe('the options of the bench', () => {
  it('measure against the simulator itself whatever is named', () => {
    expect(readOptions(['--only', 'ours,bare']).subjects).toEqual(['direct', 'bare', 'ours']);
    expect(() => readOptions(['--only', 'ours,theirs'])).toThrow('--only takes direct, bare');
  });

  it('take five rounds or more, fewer when it has to be quick', () => {
    expect(readOptions([]).rounds).toBeGreaterThanOrEqual(5);
    expect(readOptions(['--quick'])).toMatchObject({ rounds: 3, isQuick: true });
    expect(readOptions(['--quick', '--rounds', '7']).rounds).toBe(7);
    expect(() => readOptions(['--rounds', '0'])).toThrow('above 0');
  });

  it('pin one process to the first core that they are given, two to both', () => {
    expect(readCores('3,2')).toEqual({ one: '3', two: '3,2' });
    expect(readCores('')).toEqual({ one: null, two: null });
  });
});
