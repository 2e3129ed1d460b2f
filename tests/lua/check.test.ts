import { afterAll, beforeAll, expect, it } from 'vitest';
import { readScript } from '@/server/stores/redis/scripts';
import { LuaBench, LuaTenant } from '../helpers/lua-bench';
import type { CheckCall, Row } from '../helpers/lua-calls';
import { checkCall, holdCall, row, warmTenant } from '../helpers/lua-samples';

let bench: LuaBench;

beforeAll(async () => {
  bench = await LuaBench.open();
});

afterAll(() => bench.close());

const cases: readonly {
  readonly says: string;
  readonly row: Partial<Row>;
  readonly call: Partial<CheckCall>;
  readonly told: readonly string[];
}[] = [
  { says: 'what is left', row: {}, call: {}, told: ['1', 'OK', '1000', '0', '0'] },
  {
    says: 'the last nano may be spent',
    row: { credit: 5n },
    call: { estimate: 1_005n },
    told: ['1', 'OK', '1000', '0', '0'],
  },
  {
    says: 'one nano too dear',
    row: { credit: 5n },
    call: { estimate: 1_006n },
    told: ['0', 'INSUFFICIENT', '1000', '0', '0'],
  },
  {
    says: 'the day is used up',
    row: { dailyLimit: 2, dailyUsed: 2, monthlyLimit: 2, monthlyUsed: 2 },
    call: {},
    told: ['0', 'DAILY', '1000', '2', '2'],
  },
  {
    says: 'the month is used up',
    row: { dailyLimit: 3, dailyUsed: 2, monthlyLimit: 2, monthlyUsed: 2 },
    call: {},
    told: ['0', 'MONTHLY', '1000', '2', '2'],
  },
  {
    says: 'a new day has begun',
    row: { dailyLimit: 2, dailyUsed: 2, monthlyUsed: 2 },
    call: { today: '2026-03-16' },
    told: ['1', 'OK', '1000', '0', '2'],
  },
  {
    says: 'a new month has begun',
    row: { monthlyLimit: 2, monthlyUsed: 2 },
    call: { today: '2026-04-01', month: '2026-04' },
    told: ['1', 'OK', '1000', '0', '0'],
  },
  {
    says: 'a clock that is behind changes nothing',
    row: { dailyLimit: 2, dailyUsed: 2 },
    call: { today: '2026-03-14' },
    told: ['0', 'DAILY', '1000', '2', '0'],
  },
];

it.each(cases)('$says', async ({ row: over, call, told }) => {
  const tenant = await warmTenant(bench, { row: row(over) });
  const state = await tenant.dump();
  expect(await tenant.check(checkCall(call))).toEqual(told);
  expect(await tenant.dump()).toEqual(state);
});

it('holds count, and looking takes nothing', async () => {
  const tenant = await warmTenant(bench);
  await tenant.hold(holdCall('op-1:1'));
  for (let again = 0; again < 3; again += 1) {
    expect(await tenant.check(checkCall({ estimate: 900n }))).toEqual(['1', 'OK', '900', '1', '1']);
  }
  expect((await tenant.check(checkCall({ estimate: 901n })))[1]).toBe('INSUFFICIENT');
});

it('says MISS for an absent hash, and makes none', async () => {
  const tenant = new LuaTenant(bench);
  expect(await tenant.check(checkCall())).toEqual(['0', 'MISS', '0', '0', '0']);
  expect(await tenant.dump()).toEqual({});
});

it('only reads: Redis lets it run where no write is allowed', async () => {
  const tenant = await warmTenant(bench);
  const source = readScript('quota_check');
  const reply = await bench.redis.call(
    'EVAL_RO',
    source,
    2,
    tenant.hash,
    tenant.operations,
    '0',
    '2026-03-15',
    '2026-03',
  );
  expect(reply).toEqual([1, 'OK', '1000', '0', '0']);
});
