import { afterAll, beforeAll, expect, it } from 'vitest';
import { LuaBench, LuaTenant } from '../helpers/lua-bench';
import { deductCall, foldCall, holdCall, KEY, row, warmTenant } from '../helpers/lua-samples';

let bench: LuaBench;

beforeAll(async () => {
  bench = await LuaBench.open();
});

afterAll(() => bench.close());

it('turns the hold into the amount and counts the request once', async () => {
  const tenant = await warmTenant(bench, { row: row({ dailyUsed: 4, monthlyUsed: 9 }) });
  await tenant.hold(holdCall('op-1:1', { min: 100n, max: 100n }));
  expect(await tenant.deduct(deductCall('op-1:1', { amount: 70n }))).toEqual([
    '1',
    'OK',
    '930',
    '5',
    '10',
  ]);
});

it('a repeat changes nothing; another amount applies only the difference', async () => {
  const tenant = await warmTenant(bench);
  await tenant.hold(holdCall('op-1:1'));
  await tenant.deduct(deductCall('op-1:1', { amount: 70n }));
  const state = await tenant.dump();
  for (let again = 0; again < 5; again += 1) {
    expect(await tenant.deduct(deductCall('op-1:1', { amount: 70n }))).toEqual([
      '1',
      'REPEATED',
      '930',
      '1',
      '1',
    ]);
  }
  expect(await tenant.dump()).toEqual(state);
  expect(await tenant.deduct(deductCall('op-1:1', { amount: 90n }))).toEqual([
    '1',
    'OK',
    '910',
    '1',
    '1',
  ]);
  expect(await tenant.deduct(deductCall('op-1:1', { amount: 20n }))).toEqual([
    '1',
    'OK',
    '980',
    '1',
    '1',
  ]);
});

it('200 repeats at once count once', async () => {
  const tenant = await warmTenant(bench);
  await tenant.hold(holdCall('op-1:1'));
  const calls = Array.from({ length: 200 }, () => tenant.deduct(deductCall('op-1:1')));
  const codes = (await Promise.all(calls)).map(([, code]) => code);
  expect(codes.filter((code) => code === 'OK')).toHaveLength(1);
  expect(await bench.redis.hmget(tenant.hash, 'balance', 'daily_used')).toEqual(['930', '1']);
});

it('one whose hold was lost takes its own amount, in the periods of its admission', async () => {
  const tenant = await warmTenant(bench);
  expect(await tenant.deduct(deductCall('op-1:1', { types: ['daily_amount'] }))).toEqual([
    '1',
    'OK',
    '930',
    '1',
    '1',
  ]);
  expect(await tenant.field(`kq:${KEY}:daily_amount`)).toBe('70');
  const yesterday = { today: '2026-03-14', month: '2026-03' };
  expect(await tenant.deduct(deductCall('op-2:1', yesterday))).toEqual([
    '1',
    'OK',
    '860',
    '1',
    '2',
  ]);
});

it('one that comes after the fold is refused by the tombstone', async () => {
  const tenant = await warmTenant(bench);
  await tenant.hold(holdCall('op-1:1'));
  await tenant.deduct(deductCall('op-1:1'));
  await tenant.fold(foldCall(['op-1:1'], { row: row({ version: 2, base: 930n, dailyUsed: 1 }) }));
  const state = await tenant.dump();
  expect((await tenant.deduct(deductCall('op-1:1')))[1]).toBe('FOLDED');
  expect((await tenant.deduct(deductCall('op-1:1', { amount: 500n })))[1]).toBe('FOLDED');
  expect(await tenant.dump()).toEqual(state);
});

it('writes nothing into an absent hash', async () => {
  const tenant = new LuaTenant(bench);
  expect(await tenant.deduct(deductCall('op-1:1'))).toEqual(['0', 'MISS', '0', '0', '0']);
  expect(await tenant.dump()).toEqual({});
});

it('may go below nothing only where it is allowed to', async () => {
  const tenant = await warmTenant(bench, { row: row({ base: 100n, credit: 20n }) });
  const dear = { amount: 121n, allowNegative: false };
  const state = await tenant.dump();
  expect((await tenant.deduct(deductCall('op-1:1', dear))).slice(0, 3)).toEqual([
    '0',
    'INSUFFICIENT',
    '100',
  ]);
  expect(await tenant.dump()).toEqual(state);
  expect((await tenant.deduct(deductCall('op-1:1', { ...dear, amount: 120n })))[2]).toBe('-20');
  expect((await tenant.deduct(deductCall('op-2:1', { amount: 1n })))[2]).toBe('-21');
});

it('its own hold counts as spendable: a request may use what it held, to the last nano', async () => {
  const tenant = await warmTenant(bench, { row: row({ base: 100n }) });
  await tenant.hold(holdCall('op-1:1'));
  const whole = deductCall('op-1:1', { amount: 100n, allowNegative: false });
  expect((await tenant.deduct(whole)).slice(0, 3)).toEqual(['1', 'OK', '0']);
});

it('gives unused tokens back to the minute, once', async () => {
  const tenant = await warmTenant(bench);
  await tenant.hold(holdCall('op-1:1', { tpm: 100, rateTokens: 80 }));
  await tenant.deduct(deductCall('op-1:1', { giveBack: 50 }));
  await tenant.deduct(deductCall('op-1:1', { giveBack: 50 }));
  await tenant.deduct(deductCall('op-1:1', { giveBack: 50, amount: 71n }));
  expect(await bench.redis.hget(tenant.rate(KEY), 'tokens')).toBe('30');
});

it('takes what was used beyond the estimate from the minute', async () => {
  const tenant = await warmTenant(bench);
  await tenant.hold(holdCall('op-1:1', { tpm: 100, rateTokens: 80 }));
  await tenant.deduct(deductCall('op-1:1', { giveBack: -15 }));
  expect(await bench.redis.hget(tenant.rate(KEY), 'tokens')).toBe('95');
});

it('a key without a rate limit gets no rate counters', async () => {
  const tenant = await warmTenant(bench);
  await tenant.hold(holdCall('op-1:1'));
  await tenant.deduct(deductCall('op-1:1', { giveBack: 50 }));
  await tenant.hold(holdCall('op-2:1'));
  await tenant.deduct(deductCall('op-2:1', { giveBack: -50 }));
  expect(await bench.redis.exists(tenant.rate(KEY))).toBe(0);
});

it('frees its place among those at work at once', async () => {
  const tenant = await warmTenant(bench);
  await tenant.hold(holdCall('op-1:1', { concurrency: 1 }));
  await tenant.deduct(deductCall('op-1:1'));
  expect((await tenant.hold(holdCall('op-2:1', { concurrency: 1 })))[1]).toBe('ADMITTED');
});

it("moves the key's quotas from what was held to what was used", async () => {
  const tenant = await warmTenant(bench);
  const limits = [
    { type: 'daily_tokens', limit: 100n },
    { type: 'total_amount', limit: 500n },
    { type: 'monthly_requests', limit: 5n },
  ] as const;
  await tenant.hold(holdCall('op-1:1', { limits }));
  const fields = limits.map(({ type }) => `kq:${KEY}:${type}`);
  expect(await bench.redis.hmget(tenant.hash, ...fields)).toEqual(['10', '100', '1']);
  await tenant.deduct(deductCall('op-1:1', { amount: 70n, tokens: 7 }));
  expect(await bench.redis.hmget(tenant.hash, ...fields)).toEqual(['7', '70', '1']);
});
