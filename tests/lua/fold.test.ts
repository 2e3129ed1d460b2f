import { afterAll, beforeAll, expect, it } from 'vitest';
import { BENCH_START_MS, LuaBench, type LuaTenant } from '../helpers/lua-bench';
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

const settledRow = row({ version: 2, base: 930n, dailyUsed: 1, monthlyUsed: 1 });

async function settledTenant(): Promise<LuaTenant> {
  const tenant = await warmTenant(bench);
  await tenant.hold(holdCall('op-1:1', { trace: 'trace-1' }));
  await tenant.deduct(deductCall('op-1:1', { amount: 70n }));
  return tenant;
}

const traced = (id: string) => ({ operations: [{ id, trace: 'trace-1' }] });

it("takes the ledger's row over: what is available stays as the deduction left it", async () => {
  const tenant = await settledTenant();
  const before = await bench.redis.hmget(tenant.hash, 'balance', 'daily_used', 'monthly_used');
  expect(await tenant.fold(foldCall([], { ...traced('op-1:1'), row: settledRow }))).toEqual([
    '1',
    'FOLDED',
  ]);
  const after = await bench.redis.hgetall(tenant.hash);
  expect(before).toEqual(['930', '1', '1']);
  expect(after).toMatchObject({ balance: '930', base: '930', daily_used: '1', version: '2' });
  expect(await bench.redis.exists(tenant.operations, tenant.lock('trace-1'))).toBe(0);
});

it('repeated, it changes nothing', async () => {
  const tenant = await settledTenant();
  const call = foldCall([], { ...traced('op-1:1'), row: settledRow });
  await tenant.fold(call);
  const hash = await bench.redis.hgetall(tenant.hash);
  for (let again = 0; again < 3; again += 1) await tenant.fold(call);
  expect(await bench.redis.hgetall(tenant.hash)).toEqual(hash);
});

it('moves the base only to a newer version: folds may arrive in any order', async () => {
  const tenant = await warmTenant(bench);
  for (const id of ['op-1:1', 'op-2:1']) {
    await tenant.hold(holdCall(id));
    await tenant.deduct(deductCall(id, { amount: 70n }));
  }
  await tenant.fold(
    foldCall(['op-2:1'], { row: row({ version: 3, base: 860n, dailyUsed: 2, monthlyUsed: 2 }) }),
  );
  // The base contains op-1 already; until its fold comes, it is taken twice: never too much is left.
  expect(await tenant.field('balance')).toBe('790');
  await tenant.fold(foldCall(['op-1:1'], { row: settledRow }));
  expect(await bench.redis.hgetall(tenant.hash)).toMatchObject({
    version: '3',
    base: '860',
    balance: '860',
    daily_used: '2',
  });
});

it('a row of the same version moves nothing', async () => {
  const tenant = await warmTenant(bench);
  await tenant.fold(foldCall([], { row: row({ base: 5n, dailyLimit: 1 }) }));
  expect(await bench.redis.hmget(tenant.hash, 'balance', 'daily_limit')).toEqual(['1000', '']);
});

it('drops a hold that came to nothing, without a row', async () => {
  const tenant = await warmTenant(bench);
  await tenant.hold(holdCall('op-1:1', { trace: 'trace-1', concurrency: 1 }));
  await tenant.fold(foldCall([], traced('op-1:1')));
  expect(await bench.redis.hmget(tenant.hash, 'balance', 'daily_used', `open:${KEY}`)).toEqual([
    '1000',
    '0',
    '0',
  ]);
  expect((await tenant.hold(holdCall('op-2:1', { trace: 'trace-1' })))[1]).toBe('ADMITTED');
});

it('leaves the trace alone where another attempt has it by now', async () => {
  const tenant = await warmTenant(bench);
  await tenant.hold(holdCall('op-1:2', { trace: 'trace-1' }));
  await tenant.fold(foldCall([], traced('op-1:1')));
  expect(await bench.redis.get(tenant.lock('trace-1'))).toBe('op-1:2|body|key-1');
  // op-1:1 is a beginning of op-1:12, and yet another operation.
  await tenant.fold(foldCall(['op-1:2']));
  await bench.redis.del(tenant.lock('trace-1'));
  await tenant.hold(holdCall('op-1:12', { trace: 'trace-1' }));
  await tenant.fold(foldCall([], traced('op-1:1')));
  expect(await bench.redis.get(tenant.lock('trace-1'))).toBe('op-1:12|body|key-1');
});

it('writes nothing into an absent hash, and still ends the operations', async () => {
  const tenant = await settledTenant();
  await bench.redis.del(tenant.hash);
  expect(await tenant.fold(foldCall([], { ...traced('op-1:1'), row: settledRow }))).toEqual([
    '1',
    'ABSENT',
  ]);
  expect(await bench.redis.exists(tenant.hash, tenant.operations, tenant.lock('trace-1'))).toBe(0);
  expect(await bench.redis.zcard(tenant.tombstones)).toBe(1);
});

it('a reading that it has overtaken builds no hash: nothing spent would be spendable again', async () => {
  const tenant = await settledTenant();
  await bench.redis.del(tenant.hash);
  const reading = warmCall({ holds: [lostHold('op-1:1')] });
  await tenant.fold(foldCall([], { ...traced('op-1:1'), row: settledRow }));
  expect(await tenant.warm(reading)).toEqual(['0', 'STALE']);
  expect(await bench.redis.exists(tenant.hash)).toBe(0);
  expect(await tenant.warm(warmCall({ row: settledRow }))).toEqual(['1', 'WARMED']);
  expect(await tenant.field('balance')).toBe('930');
});

it('also when the hash went missing only after the fold', async () => {
  const tenant = await settledTenant();
  await tenant.fold(foldCall([], { ...traced('op-1:1'), row: settledRow }));
  await bench.redis.del(tenant.hash);
  expect(await tenant.warm(warmCall())).toEqual(['0', 'STALE']);
});

it("takes new limits and the key quotas' new figures over", async () => {
  const tenant = await warmTenant(bench);
  const limits = [{ type: 'daily_tokens', limit: 100n }] as const;
  await tenant.hold(holdCall('op-1:1', { limits }));
  await tenant.fold(
    foldCall([], {
      row: row({ version: 2, credit: 7n, dailyLimit: 5, monthlyLimit: 6 }),
      keyQuotas: [{ key: KEY, type: 'daily_tokens', used: 20n, period: '2026-03-15', version: 2 }],
    }),
  );
  expect(await bench.redis.hgetall(tenant.hash)).toMatchObject({
    credit_limit: '7',
    daily_limit: '5',
    monthly_limit: '6',
    [`kq:${KEY}:daily_tokens`]: '30',
  });
  const older = {
    key: KEY,
    type: 'daily_tokens',
    used: 1n,
    period: '2026-03-15',
    version: 1,
  } as const;
  await tenant.fold(foldCall([], { row: row(), keyQuotas: [older] }));
  expect(await tenant.field(`kq:${KEY}:daily_tokens`)).toBe('30');
});

it('a new day in the row begins a new day; a row of an older day does not bring it back', async () => {
  const tenant = await warmTenant(bench, { row: row({ dailyUsed: 4 }) });
  await tenant.fold(foldCall([], { row: row({ version: 2, day: '2026-03-16', dailyUsed: 1 }) }));
  const fields = ['daily_date', 'daily_used'] as const;
  expect(await bench.redis.hmget(tenant.hash, ...fields)).toEqual(['2026-03-16', '1']);
  await tenant.fold(foldCall([], { row: row({ version: 3, dailyUsed: 9 }) }));
  expect(await bench.redis.hmget(tenant.hash, ...fields)).toEqual(['2026-03-16', '1']);
});

it('tombstones that have had their time are cleared away by the next fold', async () => {
  const tenant = await warmTenant(bench);
  await tenant.fold(foldCall(['op-1:1']));
  await bench.setClock(BENCH_START_MS + 120_001);
  await tenant.fold(foldCall(['op-2:1']));
  expect(await bench.redis.zrange(tenant.tombstones, '0', '-1')).toEqual(['op-2:1']);
  await bench.setClock(BENCH_START_MS);
});
