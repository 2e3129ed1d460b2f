import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readOptions } from '../../tools/simulation/runner/options';
import { SeedSet } from '../../tools/simulation/runner/seed-set';
import { loadState, saveState } from '../../tools/simulation/runner/state';

const RANGE_MAX = 60;
const rangeIn = fc
  .tuple(fc.integer({ min: 0, max: RANGE_MAX }), fc.integer({ min: 0, max: RANGE_MAX }))
  .map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]);

describe('the seeds that are done', () => {
  it('are those that were added, in whatever order, and what is missing is exactly the rest', () => {
    fc.assert(
      fc.property(
        fc.array(rangeIn),
        rangeIn,
        fc.integer({ min: 1, max: 9 }),
        (added, asked, size) => {
          const done = new SeedSet(added);
          const isDone = (seed: number) => added.some(([from, end]) => from <= seed && seed < end);
          const wanted = Array.from({ length: asked[1] - asked[0] }, (_, i) => asked[0] + i);
          const pieces = [...done.missing(asked, size)];
          const missing = pieces.flatMap(([from, end]) =>
            Array.from({ length: end - from }, (_, i) => from + i),
          );
          expect(missing).toEqual(wanted.filter((seed) => !isDone(seed)));
          expect(done.countIn(asked)).toBe(wanted.filter(isDone).length);
          for (const [from, end] of pieces) expect(end - from).toBeLessThanOrEqual(size);
          const ranges = done.toJSON();
          for (const [i, [from]] of ranges.entries()) {
            expect(from).toBeGreaterThan(ranges[i - 1]?.[1] ?? -1);
          }
        },
      ),
    );
  });
});

describe('the state of a run', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'tallygate-simulate-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('comes back as it was written, and nothing is left beside it', () => {
    const file = path.join(folder, 'state.json');
    const state = loadState(file, ['crash']);
    state.done.add([3, 5]);
    state.tally.add({ steps: 40, faults: ['freeze'], reached: ['a replay'] });
    saveState(file, ['crash'], state);
    saveState(file, ['crash'], state);
    const again = loadState(file, ['crash']);
    expect(again.done.toJSON()).toEqual([[3, 5]]);
    expect(again.tally.toJSON()).toEqual(state.tally.toJSON());
    expect(readdirSync(folder)).toEqual(['state.json']);
  });

  it('of a run with other faults is refused, and so is a file that is none', () => {
    const file = path.join(folder, 'state.json');
    saveState(file, ['crash'], loadState(null, []));
    expect(() => loadState(file, [])).toThrow('--without');
    for (const text of ['', '{"from":0,"next":7}', '{"done":[[1]]}']) {
      writeFileSync(file, text);
      expect(() => loadState(file, [])).toThrow('is no state');
      expect(readFileSync(file, 'utf8')).toBe(text);
    }
  });

  it('is empty where there is no file, and is not kept where none was named', () => {
    const file = path.join(folder, 'state.json');
    expect(loadState(file, []).done.toJSON()).toEqual([]);
    saveState(null, [], loadState(null, []));
    expect(existsSync(file)).toBe(false);
  });
});

describe('the options of npm run simulate', () => {
  it('name a range, or one seed', () => {
    expect(readOptions(['--from', '10', '--seeds', '5', '--workers', '3'])).toMatchObject({
      ...{ from: 10, end: 15, workers: 3, statePath: null, without: [], isVerbose: false },
    });
    expect(readOptions(['--seed', '0', '--verbose'])).toMatchObject({ from: 0, end: 1 });
    expect(readOptions([]).workers).toBeGreaterThan(0);
  });

  it.each([
    [['--from', '-1'], '--from'],
    [['--from', '1e3'], '--from'],
    [['--seeds', '0'], '--seeds'],
    [['--workers', '0'], '--workers'],
    [['--workers', '65'], '--workers'],
    [['--seed', '1', '--seeds', '2'], '--seed is one seed'],
    [['--without', 'rain'], 'rain'],
    [['--state', ''], '--state'],
    [['--sead', '1'], '--sead'],
    [['7'], '7'],
  ])('%j is refused, and the reason names it', (args, named) => {
    expect(() => readOptions(args)).toThrow(named);
  });
});
