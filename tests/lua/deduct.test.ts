import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BENCH_START_MS, LuaBench, LuaTenant } from '../helpers/lua-bench';
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

describe("what a hold took from its key's minute and did not use", () => {
  const MINUTE = Math.floor(BENCH_START_MS / 60_000);
  const unused = (tokens: number, requests = 0) => ({ minute: MINUTE, requests, tokens });

  async function heldTenant(): Promise<LuaTenant> {
    await bench.setClock(MINUTE * 60_000);
    const tenant = await warmTenant(bench);
    const held = await tenant.hold(holdCall('op-1:1', { tpm: 100, rateTokens: 80 }));
    expect(held.at(-1)).toBe(String(MINUTE));
    return tenant;
  }

  const rateOf = (tenant: LuaTenant) => bench.redis.hgetall(tenant.rate(KEY));

  it('is given back, once', async () => {
    const tenant = await heldTenant();
    await tenant.deduct(deductCall('op-1:1', { unused: unused(50) }));
    await tenant.deduct(deductCall('op-1:1', { unused: unused(50) }));
    await tenant.deduct(deductCall('op-1:1', { unused: unused(50), amount: 71n }));
    expect(await rateOf(tenant)).toMatchObject({ tokens: '30', requests: '1' });
  });

  it('is given back with the request itself where that came to nothing', async () => {
    const tenant = await heldTenant();
    await tenant.deduct(deductCall('op-1:1', { unused: unused(80, 1), requests: 0, amount: 0n }));
    expect(await rateOf(tenant)).toMatchObject({ tokens: '0', requests: '0' });
  });

  it('is taken where it was more than estimated', async () => {
    const tenant = await heldTenant();
    await tenant.deduct(deductCall('op-1:1', { unused: unused(-15) }));
    expect(await rateOf(tenant)).toMatchObject({ tokens: '95' });
  });

  it('goes to the minute that it was taken from, not to the one in which the answer ends', async () => {
    const tenant = await heldTenant();
    await bench.setClock((MINUTE + 1) * 60_000);
    await tenant.hold(holdCall('op-2:1', { tpm: 200, rateTokens: 60 }));
    await tenant.deduct(deductCall('op-1:1', { unused: unused(50) }));
    expect(await rateOf(tenant)).toMatchObject({ tokens: '60', last_tokens: '30' });
    expect((await tenant.hold(holdCall('op-3:1', { tpm: 100, rateTokens: 41 })))[1]).toBe('RATE');
  });

  it('is nobody’s once that minute is over for good', async () => {
    const tenant = await heldTenant();
    await bench.setClock((MINUTE + 2) * 60_000);
    await tenant.hold(holdCall('op-2:1', { tpm: 100, rateTokens: 60 }));
    await tenant.deduct(deductCall('op-1:1', { unused: unused(50) }));
    expect(await rateOf(tenant)).toMatchObject({ tokens: '60', last_tokens: '0' });
  });

  it('is nothing for a key without such a limit', async () => {
    await bench.setClock(MINUTE * 60_000);
    const tenant = await warmTenant(bench);
    const held = await tenant.hold(holdCall('op-1:1'));
    expect(held.at(-1)).toBe('');
    await tenant.deduct(deductCall('op-1:1'));
    expect(await rateOf(tenant)).toEqual({});
  });
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
