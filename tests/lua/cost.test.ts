import { afterAll, beforeAll, expect, it } from 'vitest';
import { BENCH_DAY, BENCH_MONTH, BENCH_START_MS, LuaBench, LuaTenant } from '../helpers/lua-bench';
import {
  checkCall,
  deductCall,
  foldCall,
  holdCall,
  lostHold,
  raiseCall,
  row,
  standingCall,
  warmCall,
} from '../helpers/lua-samples';

const LIMITS = [{ type: 'daily_tokens', limit: 10_000_000n }] as const;

let bench: LuaBench;

beforeAll(async () => {
  bench = await LuaBench.open();
});

afterAll(() => bench.close());

async function tenantWith(operations: number): Promise<LuaTenant> {
  const tenant = new LuaTenant(bench);
  const holds = Array.from({ length: operations }, (_, at) => lostHold(`open-${at}:1`));
  await tenant.warm(warmCall({ row: row({ base: 9_000_000n }), holds }));
  expect(await bench.redis.hlen(tenant.operations)).toBe(operations);
  return tenant;
}

/** What the commands inside a script cost: how often each ran, and Redis's own microseconds. */
async function costOf(run: () => Promise<unknown>): Promise<Record<string, number>> {
  await bench.redis.config('RESETSTAT');
  await run();
  const info = await bench.redis.info('commandstats');
  const counts: Record<string, number> = {};
  for (const [, name = '', calls] of info.matchAll(/^cmdstat_(\S+):calls=(\d+)/gm)) {
    if (name !== 'config|resetstat' && name !== 'info') counts[name] = Number(calls);
  }
  return counts;
}

const STEPS: readonly [name: string, run: (tenant: LuaTenant) => Promise<unknown>][] = [
  ['check', (tenant) => tenant.check(checkCall())],
  ['standing', (tenant) => tenant.standing(standingCall({ rpm: 9, types: ['daily_tokens'] }))],
  ['hold', (tenant) => tenant.hold(holdCall('op-1:1', { rpm: 9, limits: LIMITS }))],
  ['raise', (tenant) => tenant.raise(raiseCall('op-1:1', { limits: LIMITS }))],
  [
    'deduct',
    (tenant) =>
      tenant.deduct(
        deductCall('op-1:1', {
          unused: { minute: Math.floor(BENCH_START_MS / 60_000), requests: 0, tokens: 2 },
        }),
      ),
  ],
  [
    'fold',
    (tenant) =>
      tenant.fold(
        foldCall(['op-1:1'], { row: row({ version: 2, base: 8_999_000n, dailyUsed: 1 }) }),
      ),
  ],
  [
    'renew',
    (tenant) => tenant.renew({ operations: [{ id: 'open-1:1', trace: null }], leaseMs: 9 }),
  ],
];

it('no script does more for 10,000 open operations than for 10', async () => {
  const few = await tenantWith(10);
  const many = await tenantWith(10_000);
  // The day's first request counts the open operations of the day once; this is not that one.
  for (const tenant of [few, many]) await tenant.hold(holdCall('op-0:1', { limits: LIMITS }));
  for (const [name, run] of STEPS) {
    const forFew = await costOf(() => run(few));
    const forMany = await costOf(() => run(many));
    expect(Object.keys(forFew).length, name).toBeGreaterThan(1);
    expect(forMany, name).toEqual(forFew);
    expect(Object.keys(forMany), name).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(hvals|hgetall|hkeys|hscan)$/)]),
    );
  }
});

it('a hold and its settlement take no longer with 10,000 open operations', async () => {
  const few = await tenantWith(10);
  const many = await tenantWith(10_000);
  const time = async (tenant: LuaTenant, run: number): Promise<number> => {
    const startedAt = performance.now();
    for (let at = 0; at < 100; at += 1) {
      const id = `op-${run}-${at}:1`;
      await tenant.hold(holdCall(id, { min: 1n, max: 1n }));
      await tenant.deduct(deductCall(id, { amount: 1n, today: BENCH_DAY, month: BENCH_MONTH }));
      await tenant.fold(foldCall([id]));
    }
    return performance.now() - startedAt;
  };
  // The best of several rounds: what the machine did beside it does not count.
  const best = { few: Number.POSITIVE_INFINITY, many: Number.POSITIVE_INFINITY };
  for (let run = 0; run < 5; run += 1) {
    best.few = Math.min(best.few, await time(few, run));
    best.many = Math.min(best.many, await time(many, run));
  }
  console.info(
    `100 requests: ${best.few.toFixed(0)} ms with 10 open, ${best.many.toFixed(0)} ms with 10,000`,
  );
  expect(best.many).toBeLessThan(best.few * 3);
});
