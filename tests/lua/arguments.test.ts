import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ScriptName } from '@/server/stores/redis/scripts';
import { LuaBench, type LuaTenant } from '../helpers/lua-bench';
import * as words from '../helpers/lua-calls';
import {
  answerCall,
  checkCall,
  deductCall,
  foldCall,
  holdCall,
  KEY,
  lostHold,
  raiseCall,
  row,
  standingCall,
  warmCall,
  warmTenant,
} from '../helpers/lua-samples';

let bench: LuaBench;
let tenant: LuaTenant;

beforeAll(async () => {
  bench = await LuaBench.open();
});

afterAll(() => bench.close());

/** A tenant with something of everything that a script could damage. */
beforeEach(async () => {
  const limits = [{ type: 'daily_tokens', limit: 1_000n }] as const;
  tenant = await warmTenant(bench, { row: row({ version: 2 }) });
  await tenant.hold(holdCall('op-1:1', { trace: 'trace-1', rpm: 100, tpm: 1_000, limits }));
  await tenant.hold(holdCall('op-2:1', { trace: 'trace-2' }));
  await tenant.fold(foldCall(['op-9:1'], { row: row({ version: 3 }) }));
});

const NOT_INTEGERS = [
  ...['NaN', 'nan', '-nan', 'Infinity', '-Infinity', 'inf', '0x10', '1e3', '1e400', '1.0', '.5'],
  ...['', ' ', ' 1', '1 ', '1\n', '1\0', '+1', '--1', '-', '1-', '1,000', '١', 'abc', 'nil'],
  // HINCRBY refuses these, which would be found out after the first write.
  ...['007', '00', '-0', '-01'],
  ...['9007199254740992', '9007199254740993', '-9007199254740993', '99999999999999999'],
  '999999999999999999999999',
];
const NOT_NATURAL = [...NOT_INTEGERS, '-1', '9000000000000001', '9007199254740991'];
const BAD: Record<string, readonly string[]> = {
  natural: NOT_NATURAL,
  integer: NOT_INTEGERS,
  limit: NOT_NATURAL.filter((value) => value !== ''),
  duration: [...NOT_NATURAL, '0'],
  day: ['', '2026-3-15', '2026-03', '2026-03-15 ', 'today', '2026-03-15|x'],
  month: ['', '2026-3', '2026-03-15', 'march', '2026-0a'],
  id: ['', ' ', 'a b', 'a|b', 'a,b', 'ä'],
  label: ['', ' ', 'a b', '|', '|a', 'a|b', 'a|1|2', 'a,b', 'ä'],
  flag: ['', '2', 'true', '01', '-1'],
  type: ['', 'daily', 'daily_cost', 'daily_tokens,total_amount', 'DAILY_TOKENS'],
  types: ['daily', 'daily_tokens,', ',', 'daily_tokens,,total_amount', 'daily_tokens total_amount'],
  dailyPeriod: ['2026-03', 'x', ' '],
  packed: [
    '',
    '1|2|3',
    '100|10|1|1|key-1|2026-03-15|2026-03|NaN|h|',
    '0x10|10|1|1|key-1|2026-03-15|2026-03|0|h|',
    '-1|10|1|1|key-1|2026-03-15|2026-03|0|h|',
    '100|10|1|1||2026-03-15|2026-03|0|h|',
    '100|10|1|1|key-1|2026-3-15|2026-03|0|h|',
    '100|10|1|1|key-1|2026-03-15|2026-03|0|x|',
    '100|10|1|1|key-1|2026-03-15|2026-03|0|h|daily',
    '100|10|1|1|key-1|2026-03-15|2026-03|0|h||more',
  ],
};

interface Subject {
  readonly script: ScriptName;
  readonly keys: (tenant: LuaTenant) => string[];
  readonly args: readonly string[];
  /** What each argument is; null: any text goes. */
  readonly kinds: readonly (keyof typeof BAD | null)[];
}

const ROW_KINDS = [
  ...['natural', 'integer', 'natural', 'limit', 'natural', 'day', 'limit', 'natural', 'month'],
];
const QUOTA_KINDS = ['natural', 'id', 'type', 'integer', 'dailyPeriod', 'natural'];
const LIMITS = [
  { type: 'daily_tokens', limit: 1_000n },
  { type: 'total_amount', limit: 1_000n },
] as const;
const LIMIT_KINDS = ['natural', 'type', 'natural', 'type', 'natural'];
const KEY_QUOTAS = [
  { key: KEY, type: 'daily_tokens', used: 5n, period: '2026-03-15', version: 1 },
] as const;

const hold = holdCall('op-3:1', {
  trace: 'trace-3',
  rpm: 50,
  tpm: 500,
  concurrency: 9,
  limits: LIMITS,
});
const raise = raiseCall('op-1:1', { trace: 'trace-1', limits: LIMITS });
const deduct = deductCall('op-1:1', {
  unused: { minute: 29_000_000, requests: 1, tokens: 3 },
  types: ['daily_tokens', 'total_amount'],
});
const fold = foldCall(['op-1:1', 'op-2:1'], { row: row({ version: 7 }), keyQuotas: KEY_QUOTAS });
const warm = warmCall({
  row: row({ version: 7 }),
  keyQuotas: KEY_QUOTAS,
  holds: [lostHold('op-4:1')],
});
const standing = standingCall({ rpm: 5, tpm: 50, types: ['daily_tokens', 'total_amount'] });
const answer = answerCall('trace-1');
const operations = [
  { id: 'op-1:1', trace: 'trace-1' },
  { id: 'op-2:1', trace: 'trace-2' },
];

const SUBJECTS: readonly Subject[] = [
  {
    script: 'quota_check',
    keys: (of) => of.keysOf.check(),
    args: words.checkWords(checkCall()),
    kinds: ['natural', 'day', 'month'],
  },
  {
    script: 'quota_warm',
    keys: (of) => of.keysOf.warm(),
    args: words.warmWords(warm),
    kinds: [...ROW_KINDS, ...QUOTA_KINDS, 'natural', 'id', 'packed', 'duration'],
  },
  {
    script: 'quota_hold',
    keys: (of) => of.keysOf.hold(hold),
    args: words.holdWords(hold),
    kinds: [
      ...['natural', 'natural', 'natural', 'natural', 'natural', 'id', 'id', 'duration', null],
      ...['limit', 'limit', 'limit', ...LIMIT_KINDS],
    ],
  },
  {
    script: 'quota_raise',
    keys: (of) => of.keysOf.raise(raise),
    args: words.raiseWords(raise),
    kinds: ['natural', 'natural', 'id', 'duration', null, ...LIMIT_KINDS],
  },
  {
    script: 'quota_deduct',
    keys: (of) => of.keysOf.deduct(deduct),
    args: words.deductWords(deduct),
    kinds: [
      ...['natural', 'natural', 'natural', 'day', 'month', 'flag', 'id', 'id', 'natural'],
      ...['duration', 'types', 'limit', 'natural', 'integer'],
    ],
  },
  {
    script: 'quota_fold',
    keys: (of) => of.keysOf.fold(fold),
    args: words.foldWords(fold),
    kinds: ['duration', 'natural', 'id', 'id', 'flag', ...ROW_KINDS, ...QUOTA_KINDS],
  },
  {
    script: 'quota_renew',
    keys: (of) => of.keysOf.renew({ operations }),
    args: words.renewWords({ operations, leaseMs: 60_000 }),
    kinds: ['duration', 'id', 'id'],
  },
  {
    script: 'quota_standing',
    keys: (of) => of.keysOf.standing(standing),
    args: words.standingWords(standing),
    kinds: ['id', 'natural', 'limit', 'limit', 'natural', 'type', 'type'],
  },
  {
    script: 'answer_put',
    keys: (of) => of.keysOf.answer(answer),
    args: words.answerWords(answer),
    kinds: ['label', 'duration', 'natural', 'natural', null],
  },
];

describe.each(SUBJECTS)('$script', ({ script, keys, args, kinds }) => {
  it('is tried with every argument it takes', () => {
    expect(kinds).toHaveLength(args.length);
  });

  it('refuses every bad argument and has written nothing', async () => {
    const before = await tenant.dump();
    for (const [at, kind] of kinds.entries()) {
      for (const bad of kind === null ? [] : (BAD[kind] ?? [])) {
        const tried = args.with(at, bad);
        const told = await bench.run(script, keys(tenant), tried).catch(String);
        expect(told, `argument ${at + 1} as ${JSON.stringify(bad)}`).toMatch(/BADARG/);
      }
      expect(await tenant.dump(), `after bad values of argument ${at + 1}`).toEqual(before);
    }
  });

  it('refuses missing arguments and missing keys and has written nothing', async () => {
    const before = await tenant.dump();
    const whole = keys(tenant);
    for (let count = 0; count < args.length; count += 1) {
      await expect(bench.run(script, whole, args.slice(0, count))).rejects.toThrow();
    }
    for (let count = 0; count < whole.length; count += 1) {
      await expect(bench.run(script, whole.slice(0, count), args)).rejects.toThrow();
    }
    expect(await tenant.dump()).toEqual(before);
  });

  it('takes the good ones', async () => {
    const before = await tenant.dump();
    const [ok] = await bench.run(script, keys(tenant), args);
    expect(ok).toBe('1');
    const after = await tenant.dump();
    const isReading = script === 'quota_check' || script === 'quota_standing';
    if (isReading) expect(after).toEqual(before);
    else expect(after).not.toEqual(before);
  });
});

it('takes amounts up to nine million dollars and not one nano more', async () => {
  const most = 9_000_000_000_000_000n;
  const rich = await warmTenant(bench, { row: row({ base: most, credit: most }) });
  await expect(rich.hold(holdCall('op-1:1', { min: most + 1n, max: most + 1n }))).rejects.toThrow(
    /BADARG min_amount/,
  );
  expect(await rich.hold(holdCall('op-1:1', { min: most, max: most }))).toContain('ADMITTED');
  expect(await rich.hold(holdCall('op-2:1', { min: most - 1n, max: most - 1n }))).toContain(
    'ADMITTED',
  );
  expect(await rich.field('balance')).toBe('-8999999999999999');
  const [, last] = await rich.hold(holdCall('op-3:1', { min: 2n, max: 2n }));
  expect(last).toBe('INSUFFICIENT');
  expect(await rich.hold(holdCall('op-3:1', { min: 1n, max: 2n }))).toEqual(
    expect.arrayContaining(['ADMITTED', '1', '-9000000000000000']),
  );
  await expect(rich.deduct(deductCall('op-1:1', { amount: most + 1n }))).rejects.toThrow(/BADARG/);
  expect((await rich.deduct(deductCall('op-1:1', { amount: most })))[1]).toBe('OK');
});

it('keeps every digit of a balance at the bound, ± 1', async () => {
  for (const base of [8_999_999_999_999_999n, 9_000_000_000_000_000n, 9_000_000_000_000_001n]) {
    for (const signed of [base, -base]) {
      const at = await warmTenant(bench, { row: row({ base: signed }) });
      await at.deduct(deductCall('op-1:1', { amount: 1n }));
      expect(await at.field('balance')).toBe(String(signed - 1n));
      await at.fold(foldCall(['op-1:1'], { row: row({ version: 2, base: signed - 1n }) }));
      expect(await at.field('balance')).toBe(String(signed - 1n));
    }
  }
});
