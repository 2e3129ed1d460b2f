import { afterAll, beforeAll, expect, it } from 'vitest';
import { BENCH_START_MS, LuaBench, LuaTenant } from '../helpers/lua-bench';
import {
  answerCall,
  deductCall,
  foldCall,
  holdCall,
  KEY,
  row,
  warmCall,
} from '../helpers/lua-samples';

let bench: LuaBench;

beforeAll(async () => {
  bench = await LuaBench.open();
});

afterAll(() => bench.close());

/** A tenant that has been through everything, with an operation still open. */
async function livedIn(): Promise<LuaTenant> {
  const tenant = new LuaTenant(bench);
  await tenant.warm(warmCall({ ttlMs: 86_400_000 }));
  await tenant.hold(holdCall('op-1:1', { trace: 'trace-1', rpm: 9, tpm: 900 }));
  await tenant.deduct(
    deductCall('op-1:1', {
      unused: { minute: Math.floor(BENCH_START_MS / 60_000), requests: 0, tokens: 3 },
    }),
  );
  const ended = [{ id: 'op-1:1', trace: 'trace-1' }];
  await tenant.fold(foldCall([], { operations: ended, row: row({ version: 2, base: 930n }) }));
  await tenant.hold(holdCall('op-2:1', { trace: 'trace-2', rpm: 9, leaseMs: 30_000 }));
  await tenant.answer(answerCall('trace-1', { ttlMs: 86_400_000 }));
  await tenant.renew({ operations: [{ id: 'op-2:1', trace: 'trace-2' }], leaseMs: 30_000 });
  return tenant;
}

it('no key lives for ever, but for the open operations, which recovery needs', async () => {
  const tenant = await livedIn();
  const longest: Record<string, number> = {
    [tenant.hash]: 86_400_000,
    [tenant.tombstones]: 120_000,
    [tenant.floor]: 120_000,
    [tenant.rate(KEY)]: 120_000,
    [tenant.lock('trace-2')]: 30_000,
    [tenant.answerOf('trace-1')]: 86_400_000,
    [tenant.account]: 86_400_000,
    [tenant.ends]: 86_400_000,
  };
  const keys = Object.keys(await tenant.dump());
  expect(keys.sort()).toEqual([...Object.keys(longest), tenant.operations].sort());
  for (const [key, most] of Object.entries(longest)) {
    const left = await bench.redis.pttl(key);
    expect(left, key).toBeGreaterThan(most - 10_000);
    expect(left, key).toBeLessThanOrEqual(most);
  }
  expect(await bench.redis.pttl(tenant.operations)).toBe(-1);
});

it('the open operations go with the last of them', async () => {
  const tenant = await livedIn();
  await tenant.fold(foldCall([], { operations: [{ id: 'op-2:1', trace: 'trace-2' }] }));
  expect(await bench.redis.exists(tenant.operations, tenant.lock('trace-2'))).toBe(0);
});

it('every key of a tenant but the hash carries its hash tag: one slot of a cluster', async () => {
  const tenant = await livedIn();
  const others = Object.keys(await tenant.dump()).filter((key) => key !== tenant.hash);
  expect(others.length).toBeGreaterThan(3);
  for (const key of others) expect(key).toMatch(`{${tenant.hash}}:`);
});
