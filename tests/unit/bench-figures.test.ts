import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build as esbuild } from 'esbuild';
import { describe, expect, it, onTestFinished } from 'vitest';
import { judge, quotient } from '../../tools/bench/figures/bound';
import { PartResults } from '../../tools/bench/figures/part-results';
import { partTargetRows } from '../../tools/bench/figures/part-targets';
import { costOf, familyOf, parseRssBytes, parseStat } from '../../tools/bench/figures/process-cost';
import { Results, type Round } from '../../tools/bench/figures/results';
import { median, percentile, percentilesOf, spreadOf } from '../../tools/bench/figures/statistics';
import { targetRows } from '../../tools/bench/figures/targets';
import { readOptions } from '../../tools/bench/options';
import { sumProfile } from '../../tools/bench/profile/cpu-profile';
import { type HeapNode, sumHeap } from '../../tools/bench/profile/heap-profile';
import { heapLines, profileLines } from '../../tools/bench/profile/profile';
import { sourcePlaces } from '../../tools/bench/profile/source-places';
import { drawSvg } from '../../tools/bench/report/svg';
import { partTable, tableOf, targetTable } from '../../tools/bench/report/table';
import { hasSettled } from '../../tools/bench/rounds';
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

describe('the warm-up', () => {
  it('is over once a request costs what it cost a moment before', () => {
    expect(hasSettled(100, 95)).toBe(true);
    expect(hasSettled(100, 106)).toBe(false);
    expect(hasSettled(200, 100)).toBe(false);
  });
});

describe('a profile', () => {
  const frame = (functionName: string, url = '', lineNumber = 0) => ({
    ...{ functionName, url, lineNumber, columnNumber: 0 },
  });
  const taken = {
    nodes: [
      { id: 1, callFrame: frame('(idle)') },
      { id: 2, callFrame: frame('handle', 'src/server/gateway/a.ts') },
      { id: 3, callFrame: frame('parse', 'node_modules/@scope/name/lib/b.js') },
      { id: 4, callFrame: frame('handle', 'src/server/gateway/a.ts') },
      { id: 5, callFrame: frame('(garbage collector)') },
    ],
    samples: [1, 2, 3, 4, 5],
    timeDeltas: [500, 100, 150, 200, 50],
  };
  const sum = sumProfile(taken, ({ functionName, url }) => ({ name: functionName, file: url }));

  it('adds up what each function and folder took itself, of what was not idle', () => {
    expect(sum.busyShare).toBe(0.5);
    expect(sum.functions.map(({ name, share }) => [name.split(' ')[0], share])).toEqual([
      ...[
        ['handle', 0.6],
        ['parse', 0.3],
        ['(garbage', 0.1],
      ],
    ]);
    expect(sum.groups.map(({ name }) => name)).toEqual([
      ...['src/server/gateway', 'node_modules/@scope/name', '(garbage collector)'],
    ]);
    expect(profileLines(sum)[1]).toMatch(/ 60\.0 % {2}handle {2}src\/server\/gateway\/a\.ts/);
  });

  it('adds up what each function allocated, wherever it was called from, and says it by request', () => {
    const node = (name: string, selfSize: number, children: HeapNode[] = []): HeapNode => ({
      ...{ callFrame: frame(name, `src/server/gateway/${name}.ts`), selfSize, children },
    });
    const head = node('root', 0, [
      node('settle', 2_000, [node('join', 1_000)]),
      node('admit', 1_000, [node('join', 1_000)]),
    ]);
    const allocated = sumHeap({ head }, ({ functionName, url }) => ({
      ...{ name: functionName, file: url },
    }));
    expect(allocated.bytes).toBe(5_000);
    expect(allocated.functions.map(({ name, share }) => [name.split(' ')[0], share])).toEqual([
      ...[
        ['join', 0.4],
        ['settle', 0.4],
        ['admit', 0.2],
        ['root', 0],
      ],
    ]);
    expect(heapLines(allocated, 2)[0]).toBe('allocated 2.5 kB a request; by whom:');
    expect(heapLines(allocated, 2)[1]).toMatch(
      / 40\.0 % {2}join {2}src\/server\/gateway\/join\.ts/,
    );
  });

  it('names the bundle where what runs was made by the bundler, from no source', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'tallygate-profile-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = path.join(folder, 'bundle.mjs');
    const unmapped = { version: 3, sources: [], names: [], mappings: 'A' };
    writeFileSync(`${file}.map`, JSON.stringify(unmapped));
    const made = frame('__commonJS', pathToFileURL(file).href);
    expect(sourcePlaces(folder)(made)).toEqual({ name: '__commonJS', file: 'bundle.mjs:1' });
  });

  it('names the source of what was bundled, through the map beside it', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'tallygate-profile-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = path.join(folder, 'bundle.mjs');
    const { outputFiles } = await esbuild({
      ...{ stdin: { contents: '\n\nexport const one = () => 1;', sourcefile: 'src/one.ts' } },
      ...{ outfile: file, sourcemap: true, write: false, format: 'esm' },
    });
    for (const each of outputFiles) writeFileSync(each.path, each.contents);
    const column = readFileSync(file, 'utf8').split('\n')[0]?.indexOf('()') ?? 0;
    const placeOf = sourcePlaces(folder);
    const inBundle = { ...frame('one', pathToFileURL(file).href), columnNumber: column };
    expect(placeOf(inBundle)).toEqual({ name: 'one', file: 'src/one.ts:3' });
    expect(placeOf(frame('', 'node:net'))).toEqual({ name: '(anonymous)', file: 'node:net' });
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
    expect(cpu).toMatchObject({
      ...{ value: 3, verdict: 'short' },
      of: ['3 µs', '1 µs'],
    });
    expect(againstPortkey).toMatchObject({ value: null, verdict: 'not measured' });
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
    expect(targetRows(results, 2).at(-1)).toMatchObject({ value: 1.1, verdict: 'reported' });
    expect(targetRows(results, 4).at(-1)).toMatchObject({ value: 1.1, verdict: 'short' });
  });

  it('is drawn for a light and for a dark page, with what was measured alone', () => {
    const results = new Results();
    results.add('plain', 'ours', round(100, 15_000));
    const svg = drawSvg(results, new PartResults());
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg).toContain('Tallygate, full billing');
    expect(svg).not.toContain('Portkey');
    expect(svg).toContain('>150<');
  });

  it('holds the stores and the counting against bounds of their own', () => {
    const parts = new PartResults();
    const rate = (count: number) => ({ count, tookMs: 1_000, cpuUs: 5_000, blockedMs: null });
    parts.add('settle-hot', rate(900));
    parts.add('settle-1000', rate(1_000));
    parts.add('settle-each', rate(100));
    for (const blockedMs of [3, 51]) {
      parts.add('count-long', { count: 9, tookMs: 800, cpuUs: 5_000, blockedMs });
    }
    expect(partTargetRows(parts)).toMatchObject([
      { value: 0.9, of: ['900 /s', '1,000 /s'], verdict: 'ok' },
      { value: 9, verdict: 'ok' },
      { value: null, of: null, verdict: 'not measured' },
      { value: 0.8, bound: { value: 1, unit: 's' }, verdict: 'ok' },
      // Of all rounds the worst: one standstill is one too many.
      { value: 51, bound: { value: 50, unit: 'ms' }, verdict: 'short' },
    ]);
    const svg = drawSvg(new Results(), parts);
    expect(svg).toContain('one transaction each');
    expect(svg).toContain('>900<');
    expect(partTable(['settle-hot', 'quota'], parts)).toHaveLength(3);
  });

  it('shows each target with its figures and its unit', () => {
    const parts = new PartResults();
    parts.add('count-long', { count: 9, tookMs: 800, cpuUs: 5_000, blockedMs: 4 });
    const text = targetTable(partTargetRows(parts)).join('\n');
    expect(text).toMatch(/1 MB of one character +\| ≤ 1 s +\| 0\.80 s/);
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

  it('name the stores and the counting as they name subjects', () => {
    expect(readOptions(['--stores'])).toMatchObject({ subjects: [], parts: ['stores'] });
    expect(readOptions(['--only', 'counting,ours'])).toMatchObject({
      ...{ subjects: ['direct', 'ours'], parts: ['counting'] },
    });
    expect(readOptions(['--quick']).parts).toEqual(['stores', 'counting']);
  });

  it('profile our server unless they name another, on the Node that they name', () => {
    expect(readOptions(['--profile'])).toMatchObject({
      ...{ isProfile: true, subjects: ['direct', 'ours'], parts: [] },
    });
    expect(readOptions(['--profile', '--only', 'next']).subjects).toEqual(['direct', 'next']);
    expect(readOptions([]).node).toBe(process.execPath);
    expect(path.isAbsolute(readOptions(['--node', 'some/node']).node)).toBe(true);
  });

  it('pin one process to the first core that they are given, two to both', () => {
    expect(readCores('3,2')).toEqual({ one: '3', two: '3,2' });
    expect(readCores('')).toEqual({ one: null, two: null });
  });
});
