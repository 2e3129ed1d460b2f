import { afterAll, beforeAll, expect, it } from 'vitest';
import { BENCH_START_MS, LuaBench, LuaTenant } from '../helpers/lua-bench';
import {
  deductCall,
  foldCall,
  holdCall,
  KEY,
  lostHold,
  row,
  warmCall,
  warmTenant,
} from '../helpers/lua-samples';

let bench: LuaBench;

beforeAll(async () => {
  bench = await LuaBench.open();
});

afterAll(() => bench.close());

it('builds an absent hash from the row and the holds that Postgres knows', async () => {
  const tenant = new LuaTenant(bench);
  const call = warmCall({
    row: row({ version: 4, base: 500n, credit: 9n, dailyLimit: 7, dailyUsed: 2, monthlyUsed: 3 }),
    holds: [lostHold('op-1:1'), lostHold('op-2:1', { amount: 50n, day: '2026-03-14' })],
  });
  expect(await tenant.warm(call)).toEqual(['1', 'WARMED']);
  expect(await bench.redis.hgetall(tenant.hash)).toMatchObject({
    version: '4',
    base: '500',
    balance: '350',
    credit_limit: '9',
    daily_limit: '7',
    daily_used: '3',
    daily_date: '2026-03-15',
    monthly_limit: '',
    monthly_used: '5',
    monthly_month: '2026-03',
    [`open:${KEY}`]: '2',
  });
});

it('of 200 at once, all see the same hash: it never adds to what it does not know', async () => {
  const tenant = new LuaTenant(bench);
  const call = warmCall({ holds: [lostHold('op-1:1')] });
  await Promise.all(Array.from({ length: 200 }, () => tenant.warm(call)));
  expect(await bench.redis.hmget(tenant.hash, 'balance', 'daily_used')).toEqual(['900', '1']);
});

it('keeps the open operations that only Redis knows', async () => {
  const tenant = await warmTenant(bench);
  await tenant.hold(holdCall('op-1:1'));
  await tenant.deduct(deductCall('op-2:1', { amount: 30n }));
  await bench.redis.del(tenant.hash);
  await tenant.warm(warmCall({ row: row({ version: 2 }) }));
  expect(await bench.redis.hmget(tenant.hash, 'balance', 'daily_used')).toEqual(['870', '2']);
  expect(await bench.redis.hkeys(tenant.operations)).toEqual(['op-1:1', 'op-2:1']);
});

it('an older reading moves nothing', async () => {
  const tenant = await warmTenant(bench, { row: row({ version: 5 }) });
  const state = await tenant.dump();
  expect(await tenant.warm(warmCall({ row: row({ version: 4, base: 1n }) }))).toEqual([
    '1',
    'CURRENT',
  ]);
  expect(await tenant.dump()).toEqual(state);
});

it('a hold stands although a fold was quicker than the reading that knows of it', async () => {
  const tenant = await warmTenant(bench, { row: row({ version: 5 }) });
  await tenant.fold(foldCall(['op-2:1'], { row: row({ version: 6 }) }));
  const holds = [lostHold('op-1:1', { amount: 40n }), lostHold('op-2:1')];
  const older = warmCall({ row: row({ version: 5 }), holds });
  expect(await tenant.warm(older)).toEqual(['1', 'CURRENT']);
  expect(await bench.redis.hget(tenant.hash, 'balance')).toBe('960');
  expect(await bench.redis.hkeys(tenant.operations)).toEqual(['op-1:1']);
});

it('a newer reading moves the base and keeps what is open', async () => {
  const tenant = await warmTenant(bench);
  await tenant.hold(holdCall('op-1:1'));
  await tenant.warm(warmCall({ row: row({ version: 2, base: 5_000n, dailyUsed: 3 }) }));
  expect(await bench.redis.hmget(tenant.hash, 'balance', 'daily_used')).toEqual(['4900', '4']);
});

it('the same version again merges the holds that Redis lost, and nothing else', async () => {
  const tenant = await warmTenant(bench);
  await tenant.hold(holdCall('op-1:1', { max: 400n }));
  const call = warmCall({
    row: row({ base: 7n }),
    holds: [lostHold('op-1:1', { amount: 1n }), lostHold('op-2:1', { amount: 50n })],
  });
  for (let again = 0; again < 3; again += 1) await tenant.warm(call);
  expect(await tenant.field('balance')).toBe('550');
});

it('a hold that was folded meanwhile does not come back', async () => {
  const tenant = await warmTenant(bench);
  await tenant.fold(foldCall(['op-1:1']));
  await tenant.warm(warmCall({ row: row({ version: 2 }), holds: [lostHold('op-1:1')] }));
  expect(await tenant.field('balance')).toBe('1000');
  expect(await bench.redis.exists(tenant.operations)).toBe(0);
});

it('after FLUSHALL, balance, counters, limits and key quotas are right again', async () => {
  const tenant = await warmTenant(bench);
  const limits = [{ type: 'daily_tokens', limit: 100n }] as const;
  await tenant.hold(holdCall('op-1:1', { limits }));
  await bench.redis.del(...Object.keys(await tenant.dump()));
  await tenant.warm(
    warmCall({
      row: row({ dailyLimit: 3, dailyUsed: 1 }),
      keyQuotas: [{ key: KEY, type: 'daily_tokens', used: 20n, period: '2026-03-15', version: 6 }],
      holds: [lostHold('op-1:1', { types: ['daily_tokens'] })],
    }),
  );
  expect(await bench.redis.hgetall(tenant.hash)).toMatchObject({
    balance: '900',
    daily_used: '2',
    daily_limit: '3',
    [`kq:${KEY}:daily_tokens`]: '30',
  });
});

it("periods of the row and of the holds: the newest counts, the older ones' holds do not", async () => {
  const tenant = new LuaTenant(bench);
  await tenant.warm(
    warmCall({
      row: row({ day: '2026-03-14', dailyUsed: 8, monthlyUsed: 8 }),
      keyQuotas: [{ key: KEY, type: 'daily_requests', used: 8n, period: '2026-03-14', version: 1 }],
      holds: [
        lostHold('op-1:1', { types: ['daily_requests'] }),
        lostHold('op-2:1', { types: ['daily_requests'], day: '2026-03-14' }),
      ],
    }),
  );
  expect(await bench.redis.hgetall(tenant.hash)).toMatchObject({
    daily_date: '2026-03-15',
    daily_used: '1',
    monthly_used: '10',
    [`kqp:${KEY}:daily_requests`]: '2026-03-15',
    [`kq:${KEY}:daily_requests`]: '1',
  });
});

it('a hash that lost its version is built anew', async () => {
  const tenant = await warmTenant(bench);
  await bench.redis.hdel(tenant.hash, 'version');
  await bench.redis.hset(tenant.hash, 'balance', '999999');
  await tenant.warm(warmCall());
  expect(await tenant.field('balance')).toBe('1000');
});

it("a hold's lease lasts as long as it is said to, whatever the clock of who says it", async () => {
  const tenant = await warmTenant(bench, { holds: [lostHold('op-1:1', { leaseLeftMs: 4_000 })] });
  await tenant.warm(warmCall({ holds: [lostHold('op-2:1', { leaseLeftMs: 9_000 })] }));
  const leases = (await bench.redis.hvals(tenant.operations)).map((raw) => raw.split('|')[7]);
  expect(leases.map(Number)).toEqual([BENCH_START_MS + 4_000, BENCH_START_MS + 9_000]);
});
