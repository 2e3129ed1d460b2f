import { describe, expect, it } from 'vitest';
import { GroupCommit } from '@/server/stores/postgres/group-commit';

class Poison extends Error {}

/** A group whose flushes are written down; `gate` holds them back until it is opened. */
function group(
  options: { batchMax?: number; fail?: (batch: readonly string[]) => Error | null } = {},
) {
  const flushes: string[][] = [];
  let open = () => undefined;
  const gate = new Promise<void>((resolve) => {
    open = () => void resolve();
  });
  const commit = new GroupCommit<string, string>({
    batchMax: options.batchMax ?? 100,
    subjectOf: (item) => item.slice(0, 1),
    isItemFault: (error) => error instanceof Poison,
    async flush(items) {
      flushes.push([...items]);
      if (flushes.length === 1) await gate;
      const error = options.fail?.(items) ?? null;
      if (error !== null) throw error;
      return items.map((item) => `${item} done`);
    },
  });
  return { commit, flushes, open: () => open() };
}

describe('group commit', () => {
  it('a lone item waits for nobody', async () => {
    const { commit, flushes, open } = group();
    open();
    expect(await commit.add('a')).toBe('a done');
    expect(await commit.add('b')).toBe('b done');
    expect(flushes).toEqual([['a'], ['b']]);
  });

  it('what comes in one tick shares a flush; what comes meanwhile shares the next', async () => {
    const { commit, flushes, open } = group();
    const first = [commit.add('a'), commit.add('b')];
    await Promise.resolve();
    const next = ['c', 'd', 'e'].map((item) => commit.add(item));
    open();
    expect(await Promise.all([...first, ...next])).toEqual([
      'a done',
      'b done',
      'c done',
      'd done',
      'e done',
    ]);
    expect(flushes).toEqual([
      ['a', 'b'],
      ['c', 'd', 'e'],
    ]);
  });

  it('a flush takes no more than its most, and the others follow in order', async () => {
    const { commit, flushes, open } = group({ batchMax: 2 });
    open();
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map((item) => commit.add(item)));
    expect(flushes).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  });

  it('two about one thing never share a flush, and keep their order', async () => {
    const { commit, flushes, open } = group();
    open();
    await Promise.all(['a1', 'b1', 'a2', 'c1', 'a3'].map((item) => commit.add(item)));
    expect(flushes).toEqual([['a1', 'b1'], ['a2', 'c1'], ['a3']]);
  });

  it('the one at fault is found and refused alone', async () => {
    const fail = (batch: readonly string[]) => (batch.includes('c') ? new Poison('c') : null);
    const { commit, flushes, open } = group({ fail });
    open();
    const items = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const results = await Promise.allSettled(items.map((item) => commit.add(item)));
    expect(results.map((result) => result.status)).toEqual(
      items.map((item) => (item === 'c' ? 'rejected' : 'fulfilled')),
    );
    expect(flushes.length).toBeLessThanOrEqual(7);
  });

  it("an outage is nobody's fault: all are told, nothing is tried by halves, and work goes on", async () => {
    let isAway = true;
    const { commit, flushes, open } = group({ fail: () => (isAway ? new Error('away') : null) });
    open();
    const results = await Promise.allSettled(['a', 'b', 'c'].map((item) => commit.add(item)));
    expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(flushes).toHaveLength(1);
    isAway = false;
    expect(await commit.add('a')).toBe('a done');
  });
});
