import { afterAll, beforeAll, expect, it } from 'vitest';
import { BENCH_START_MS, LuaBench, LuaTenant } from '../helpers/lua-bench';
import { answerCall } from '../helpers/lua-samples';

const DAY_MS = 86_400_000;

let bench: LuaBench;
beforeAll(async () => {
  bench = await LuaBench.open();
});
afterAll(() => bench.close());

/** A tenant whose answers are a hundred bytes each, names included; a thousand are all it may have. */
async function newTenant(): Promise<LuaTenant> {
  await bench.setClock(BENCH_START_MS);
  return new LuaTenant(bench);
}

const put = (tenant: LuaTenant, label: string, over: Parameters<typeof answerCall>[1] = {}) =>
  tenant.answer(answerCall(label, over));
const fill = async (tenant: LuaTenant, count = 10, over: Parameters<typeof answerCall>[1] = {}) => {
  for (let at = 0; at < count; at += 1) await put(tenant, `full-${at}`, over);
};
const totalOf = (tenant: LuaTenant) => bench.redis.hget(tenant.account, '|');

it('answers are kept to the last byte of the budget; with one more nothing is written', async () => {
  const tenant = await newTenant();
  await fill(tenant, 9);
  expect(await put(tenant, 'last', { value: 'x'.repeat(91) })).toEqual(['0', 'FULL', '900']);
  const before = await tenant.dump();
  expect(await put(tenant, 'last', { value: `${'ä'.repeat(45)}x` })).toEqual(['0', 'FULL', '900']);
  expect(await tenant.dump()).toEqual(before);
  expect(await put(tenant, 'last', { value: 'ä'.repeat(45) })).toEqual(['1', 'STORED', '1000']);
  expect(await bench.redis.get(tenant.answerOf('last'))).toBe('ä'.repeat(45));
  expect(await put(tenant, 'more', { value: '', overhead: 1 })).toEqual(['0', 'FULL', '1000']);
});

it('an answer that is put again counts once, with its newest bytes', async () => {
  const tenant = await newTenant();
  await fill(tenant);
  expect(await put(tenant, 'full-3', { value: 'short' })).toEqual(['1', 'STORED', '915']);
  expect(await put(tenant, 'full-3')).toEqual(['1', 'STORED', '1000']);
  expect(await put(tenant, 'full-3', { value: 'x'.repeat(91) })).toEqual(['0', 'FULL', '1000']);
});

it('an answer leaves the account when it leaves Redis, not a millisecond before', async () => {
  const tenant = await newTenant();
  await fill(tenant);
  await bench.setClock(BENCH_START_MS + DAY_MS);
  expect(await put(tenant, 'next')).toEqual(['0', 'FULL', '1000']);
  await bench.setClock(BENCH_START_MS + DAY_MS + 1);
  expect(await put(tenant, 'next')).toEqual(['1', 'STORED', '100']);
  expect(await bench.redis.hgetall(tenant.account)).toEqual({ '|': '100', next: '100' });
  expect(await bench.redis.zcard(tenant.ends)).toBe(1);
});

it('a thousand that have ended are counted off in steps, and as many as there must be room for', async () => {
  const tenant = await newTenant();
  const budget = 100_000;
  await fill(tenant, 1_000, { budget });
  await bench.setClock(BENCH_START_MS + DAY_MS + 1);
  expect(await put(tenant, 'small', { budget })).toEqual(['1', 'STORED', '90100']);
  const value = 'x'.repeat(69_990);
  expect(await put(tenant, 'large', { budget, value })).toEqual(['1', 'STORED', '90100']);
});

it('an account that lost one half of itself is begun anew, and never stays full for ever', async () => {
  for (const lost of ['account', 'ends'] as const) {
    const tenant = await newTenant();
    await fill(tenant);
    await bench.redis.del(tenant[lost]);
    expect(await put(tenant, 'next')).toEqual(['1', 'STORED', '100']);
    await bench.setClock(BENCH_START_MS + DAY_MS + 1);
    expect(await put(tenant, 'later')).toEqual(['1', 'STORED', '100']);
    expect(await totalOf(tenant)).toBe('100');
  }
});

it('one tenant’s flood takes nothing of another’s budget', async () => {
  const [flooder, other] = [await newTenant(), await newTenant()];
  await fill(flooder, 30);
  expect(await totalOf(flooder)).toBe('1000');
  expect(await put(other, 'mine')).toEqual(['1', 'STORED', '100']);
});
