import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BENCH_START_MS, LuaBench, LuaTenant } from '../helpers/lua-bench';
import type { HoldCall, WarmCall } from '../helpers/lua-calls';
import { deductCall, foldCall, holdCall, KEY, row, warmTenant } from '../helpers/lua-samples';

let bench: LuaBench;

beforeAll(async () => {
  bench = await LuaBench.open();
});

afterAll(() => bench.close());

const codeOf = (reply: readonly string[]): string => reply[1] ?? '';

describe('a refused request takes nothing', () => {
  interface Case {
    readonly says: string;
    readonly code: string;
    readonly detail?: string;
    readonly warm?: Partial<WarmCall>;
    readonly before?: readonly HoldCall[];
    readonly call?: Partial<HoldCall>;
  }
  const used = (type: 'daily_requests' | 'monthly_tokens' | 'total_amount', period: string) => ({
    keyQuotas: [{ key: KEY, type, used: 95n, period, version: 1 }],
  });
  const cases: readonly Case[] = [
    { says: 'too dear', code: 'INSUFFICIENT', call: { min: 1_001n, max: 2_000n } },
    {
      says: 'too dear beside an open hold',
      code: 'INSUFFICIENT',
      before: [holdCall('op-0:1', { min: 950n, max: 950n })],
    },
    {
      says: 'the day is used up',
      code: 'DAILY',
      warm: { row: row({ dailyLimit: 3, dailyUsed: 3 }) },
    },
    { says: 'no request is allowed a day', code: 'DAILY', warm: { row: row({ dailyLimit: 0 }) } },
    {
      says: 'an open hold is the last of the day',
      code: 'DAILY',
      warm: { row: row({ dailyLimit: 4, dailyUsed: 3 }) },
      before: [holdCall('op-0:1')],
    },
    {
      says: 'the month is used up',
      code: 'MONTHLY',
      warm: { row: row({ monthlyLimit: 3, monthlyUsed: 3 }) },
    },
    {
      says: "the key's requests of the day are used up",
      code: 'KEY_QUOTA',
      detail: 'daily_requests',
      warm: used('daily_requests', '2026-03-15'),
      call: { limits: [{ type: 'daily_requests', limit: 95n }] },
    },
    {
      says: "the key's tokens of the month are too few",
      code: 'KEY_QUOTA',
      detail: 'monthly_tokens',
      warm: used('monthly_tokens', '2026-03'),
      call: { limits: [{ type: 'monthly_tokens', limit: 104n }] },
    },
    {
      says: 'what the key may spend in all is too little',
      code: 'KEY_QUOTA',
      detail: 'total_amount',
      warm: used('total_amount', ''),
      call: { limits: [{ type: 'total_amount', limit: 194n }] },
    },
    {
      says: 'too many at once',
      code: 'CONCURRENCY',
      before: [holdCall('op-0:1')],
      call: { concurrency: 1 },
    },
    {
      says: 'too many requests a minute',
      code: 'RATE',
      detail: 'requests',
      before: [holdCall('op-0:1', { rpm: 1 })],
      call: { rpm: 1, trace: 'trace-1' },
    },
    {
      says: 'too many tokens a minute',
      code: 'RATE',
      detail: 'tokens',
      before: [holdCall('op-0:1', { tpm: 19 })],
      call: { tpm: 19, trace: 'trace-1' },
    },
    {
      says: 'another request has the trace',
      code: 'TAKEN',
      detail: 'op-0:1|body|key-1',
      before: [holdCall('op-0:1', { trace: 'trace-1' })],
      call: { trace: 'trace-1', rpm: 5 },
    },
  ];

  it.each(cases)('$says: $code', async ({ code, detail = '', warm, before = [], call }) => {
    const tenant = await warmTenant(bench, warm);
    for (const other of before) expect(codeOf(await tenant.hold(other))).toBe('ADMITTED');
    const state = await tenant.dump();
    const reply = await tenant.hold(holdCall('op-1:1', call));
    expect(reply[0]).toBe('0');
    expect(codeOf(reply)).toBe(code);
    expect(reply[7]).toBe(detail);
    expect(await tenant.dump()).toEqual(state);
  });

  it('into an absent hash nothing is written', async () => {
    const tenant = new LuaTenant(bench);
    expect(await tenant.hold(holdCall('op-1:1', { trace: 'trace-1', rpm: 1 }))).toEqual([
      '0',
      'MISS',
    ]);
    expect(await tenant.dump()).toEqual({});
  });
});

describe('the limits are judged in one order', () => {
  it('rate, concurrency, day, month, key quota, balance', async () => {
    const tenant = await warmTenant(bench, {
      row: row({ base: 100n, dailyLimit: 1, monthlyLimit: 1 }),
      keyQuotas: [{ key: KEY, type: 'total_requests', used: 0n, period: '', version: 1 }],
    });
    const limits = [{ type: 'total_requests', limit: 1n }] as const;
    expect(codeOf(await tenant.hold(holdCall('op-1:1', { rpm: 1, concurrency: 1, limits })))).toBe(
      'ADMITTED',
    );
    const next = (over: Partial<HoldCall>) => tenant.hold(holdCall('op-2:1', over));
    expect(codeOf(await next({ rpm: 1, concurrency: 1, limits }))).toBe('RATE');
    expect(codeOf(await next({ concurrency: 1, limits }))).toBe('CONCURRENCY');
    expect(codeOf(await next({ limits }))).toBe('DAILY');
    await tenant.fold(foldCall([], { row: row({ base: 100n, version: 2, monthlyLimit: 1 }) }));
    expect(codeOf(await next({ limits }))).toBe('MONTHLY');
    await tenant.fold(foldCall([], { row: row({ base: 100n, version: 3 }) }));
    expect(codeOf(await next({ limits }))).toBe('KEY_QUOTA');
    expect(codeOf(await next({}))).toBe('INSUFFICIENT');
  });
});

describe('what is granted', () => {
  it('is the most that is left between the least and the most', async () => {
    const tenant = await warmTenant(bench, { row: row({ base: 250n, credit: 50n }) });
    const [, , held, tokens, available] = await tenant.hold(holdCall('op-1:1', { max: 9_999n }));
    expect({ held, tokens, available }).toEqual({ held: '300', tokens: '10', available: '-50' });
    const [, code] = await tenant.hold(holdCall('op-2:1', { min: 1n, max: 1n }));
    expect(code).toBe('INSUFFICIENT');
  });

  it("is narrowed by the key's own quotas", async () => {
    const tenant = await warmTenant(bench);
    const limits = [
      { type: 'daily_tokens', limit: 25n },
      { type: 'monthly_amount', limit: 130n },
    ] as const;
    const want = { max: 900n, maxTokens: 40, limits };
    const first = await tenant.hold(holdCall('op-1:1', want));
    expect(first.slice(1, 4)).toEqual(['ADMITTED', '130', '25']);
    expect(codeOf(await tenant.hold(holdCall('op-2:1', want)))).toBe('KEY_QUOTA');
    expect(codeOf(await tenant.hold(holdCall('op-3:1', { ...want, key: 'key-2' })))).toBe(
      'ADMITTED',
    );
  });

  it('on the price of one, 500 at once admit exactly one', async () => {
    const tenant = await warmTenant(bench, { row: row({ base: 100n }) });
    const replies = await Promise.all(
      Array.from({ length: 500 }, (_, at) => tenant.hold(holdCall(`op-${at}:1`))),
    );
    const codes = replies.map(codeOf);
    expect(codes.filter((code) => code === 'ADMITTED')).toHaveLength(1);
    expect(codes.filter((code) => code === 'INSUFFICIENT')).toHaveLength(499);
    expect(await tenant.field('balance')).toBe('0');
  });

  it('a free request is granted to an empty balance, and none to a debt', async () => {
    const empty = await warmTenant(bench, { row: row({ base: 0n }) });
    expect(codeOf(await empty.hold(holdCall('op-1:1', { min: 0n, max: 0n })))).toBe('ADMITTED');
    const debt = await warmTenant(bench, { row: row({ base: -1n }) });
    expect(codeOf(await debt.hold(holdCall('op-1:1', { min: 0n, max: 0n })))).toBe('INSUFFICIENT');
  });
});

describe('repeated and late', () => {
  it('a repeated hold is told what stands, and takes nothing more', async () => {
    const tenant = await warmTenant(bench);
    const call = holdCall('op-1:1', { trace: 'trace-1', rpm: 1, concurrency: 1 });
    const first = await tenant.hold(call);
    const state = await tenant.dump();
    const again = await tenant.hold({ ...call, min: 500n, max: 500n });
    expect(again.slice(0, 7)).toEqual(first.slice(0, 7));
    expect(await tenant.dump()).toEqual(state);
  });

  it('a hold that comes after its operation was settled or folded is refused', async () => {
    const tenant = await warmTenant(bench);
    await tenant.hold(holdCall('op-1:1'));
    await tenant.deduct(deductCall('op-1:1'));
    expect(codeOf(await tenant.hold(holdCall('op-1:1')))).toBe('LATE');
    await tenant.fold(foldCall(['op-1:1']));
    const state = await tenant.dump();
    expect(codeOf(await tenant.hold(holdCall('op-1:1')))).toBe('LATE');
    expect(await tenant.dump()).toEqual(state);
    expect(codeOf(await tenant.hold(holdCall('op-1:2')))).toBe('ADMITTED');
  });

  it('the lock names its holder for the length of the lease', async () => {
    const tenant = await warmTenant(bench);
    await tenant.hold(holdCall('op-1:1', { trace: 'trace-1', leaseMs: 5_000 }));
    const lock = tenant.lock('trace-1');
    expect(await bench.redis.get(lock)).toBe('op-1:1|body|key-1');
    expect(await bench.redis.pttl(lock)).toBeGreaterThan(4_000);
    expect(await bench.redis.pttl(lock)).toBeLessThanOrEqual(5_000);
  });
});

describe('a new day and a new month', () => {
  const MIDNIGHT = Date.UTC(2026, 3, 1);

  it('begin at nothing, and what is still open of the old ones does not count in them', async () => {
    const tenant = await warmTenant(bench, {
      row: row({ day: '2026-03-31', dailyLimit: 2, dailyUsed: 1, monthlyLimit: 9, monthlyUsed: 8 }),
    });
    await bench.setClock(MIDNIGHT - 1);
    expect((await tenant.hold(holdCall('op-1:1'))).slice(5, 7)).toEqual(['2026-03-31', '2026-03']);
    expect(codeOf(await tenant.hold(holdCall('op-2:1')))).toBe('DAILY');
    await bench.setClock(MIDNIGHT);
    expect((await tenant.hold(holdCall('op-2:1'))).slice(5, 7)).toEqual(['2026-04-01', '2026-04']);
    expect(await bench.redis.hmget(tenant.hash, 'daily_used', 'monthly_used')).toEqual(['1', '1']);
    await tenant.fold(foldCall(['op-1:1']));
    expect(await bench.redis.hmget(tenant.hash, 'daily_used', 'monthly_used')).toEqual(['1', '1']);
    await bench.setClock(BENCH_START_MS);
  });

  it('do not come again where this clock is behind another', async () => {
    const tenant = await warmTenant(bench, {
      row: row({ day: '2026-04-01', month: '2026-04', dailyLimit: 1, dailyUsed: 1 }),
    });
    await bench.setClock(MIDNIGHT - 90_000);
    const reply = await tenant.hold(holdCall('op-1:1'));
    expect([codeOf(reply), ...reply.slice(5, 7)]).toEqual(['DAILY', '2026-04-01', '2026-04']);
    await bench.setClock(BENCH_START_MS);
  });

  it("a key's daily quota begins anew, its total does not", async () => {
    const tenant = await warmTenant(bench, {
      row: row({ day: '2026-03-31' }),
      keyQuotas: [
        { key: KEY, type: 'daily_requests', used: 1n, period: '2026-03-31', version: 1 },
        { key: KEY, type: 'total_requests', used: 1n, period: '', version: 1 },
      ],
    });
    await bench.setClock(MIDNIGHT);
    const daily = [{ type: 'daily_requests', limit: 1n }] as const;
    expect(codeOf(await tenant.hold(holdCall('op-1:1', { limits: daily })))).toBe('ADMITTED');
    const total = [{ type: 'total_requests', limit: 1n }] as const;
    expect(codeOf(await tenant.hold(holdCall('op-2:1', { limits: total })))).toBe('KEY_QUOTA');
    await bench.setClock(BENCH_START_MS);
  });
});
