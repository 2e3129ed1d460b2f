import { describe, expect, test } from 'vitest';
import type { Seen } from '../../tools/chaos/load/seen';
import { purchasesIn } from '../../tools/chaos/verdict/books';
import type {
  ChargeRow,
  Evidence,
  Purchase,
  Struck,
  TenantFigures,
} from '../../tools/chaos/verdict/evidence';
import { judge } from '../../tools/chaos/verdict/judge';
import { houseLosses } from '../../tools/chaos/verdict/losses';

const ALICE = '00000000-0000-7000-8000-00000000000a';
const BOB = '00000000-0000-7000-8000-00000000000b';

const aSeen = (fields: Partial<Seen> = {}): Seen => ({
  tenantId: ALICE,
  keyId: 'key',
  traceId: 't1',
  isStream: true,
  gateway: 0,
  beganAtMs: 1_000,
  endedAtMs: 2_000,
  what: 'complete',
  hasLeft: false,
  status: 200,
  code: null,
  costNano: null,
  tokens: 300,
  answerTokens: 300,
  answerId: 'chatcmpl-1',
  bytesHash: 'hash',
  namedInError: [],
  ...fields,
});

const aRow = (fields: Partial<ChargeRow> = {}): ChargeRow => ({
  tenantId: ALICE,
  traceId: 't1',
  status: 'COMMITTED',
  attempt: 1,
  isStream: true,
  outputTokens: 300,
  amountNano: 1_000n,
  holdNano: 2_000n,
  createdAtMs: 1_050,
  committedAtMs: 1_990,
  durationMs: 900,
  ...fields,
});

const aPurchase = (fields: Partial<Purchase> = {}): Purchase => ({
  tenantId: ALICE,
  traceId: 't1',
  isStream: true,
  atMs: 1_100,
  answerTokens: 300,
  end: { atMs: 1_900, outcome: 'finished', sentTokens: 300 },
  ...fields,
});

const aTenant = (fields: Partial<TenantFigures> = {}): TenantFigures => ({
  tenantId: ALICE,
  creditsNano: 10_000n,
  creditLimitNano: 500n,
  chargedNano: 1_000n,
  charges: 1,
  dailyLimit: null,
  monthlyLimit: null,
  keyLimits: [],
  ...fields,
});

const aStrike = (fields: Partial<Struck> = {}): Struck => ({
  kind: 'gateway killed',
  gateway: 0,
  fromMs: 1_500,
  mendsFromMs: 2_500,
  toMs: 3_000,
  openAtGateway: 2,
  ...fields,
});

/** One stream of Alice's: bought, delivered whole and charged. */
const evidence = (fields: Partial<Evidence> = {}): Evidence => ({
  seen: [aSeen()],
  rows: [aRow()],
  purchases: [aPurchase()],
  credits: [],
  bookedCredits: [],
  tenants: [aTenant()],
  struck: [],
  ...fields,
});

/** The one violation that was planted, and no other. */
const violations = (fields: Partial<Evidence>): string => judge(evidence(fields)).join(' | ');

test('right books have no violation', () => {
  expect(judge(evidence())).toEqual([]);
  const replay = aSeen({ what: 'replayed', beganAtMs: 5_000, endedAtMs: 5_100 });
  expect(judge(evidence({ seen: [aSeen(), replay] }))).toEqual([]);
});

describe('A: one effect per trace', () => {
  test('a trace that is bought twice in one attempt', () => {
    const purchases = [aPurchase(), aPurchase({ atMs: 1_200 })];
    expect(violations({ purchases })).toBe(`A: ${ALICE} t1 was bought 2 times in 1 attempts`);
  });

  test('one that ended void is bought once more, by its next attempt', () => {
    const purchases = [aPurchase(), aPurchase({ atMs: 1_200 })];
    expect(violations({ purchases, rows: [aRow({ attempt: 2 })] })).toBe('');
  });

  test('a trace that is bought after its answer was delivered, and charged', () => {
    const purchases = [aPurchase(), aPurchase({ atMs: 2_500 })];
    const found = violations({ purchases, rows: [aRow({ attempt: 2 })] });
    expect(found).toContain('bought again after its whole answer had been delivered');
    expect(found).toContain('bought again after it had been charged');
  });

  test('two whole answers of one trace, neither a replay', () => {
    const found = violations({ seen: [aSeen(), aSeen({ answerId: 'chatcmpl-2' })] });
    expect(found).toContain(`A: ${ALICE} t1 was delivered whole 2 times, not as a replay`);
  });

  test('a replay with other bytes than the answer', () => {
    const replay = aSeen({ what: 'replayed', bytesHash: 'other' });
    const found = violations({ seen: [aSeen(), replay] });
    expect(found).toBe(`A: ${ALICE} t1: a replay has other bytes than the answer`);
  });
});

describe('B: credits', () => {
  const credit = { tenantId: ALICE, traceId: 'credit-1', amountNano: 5n };

  test('an acknowledged credit that is not booked', () => {
    expect(violations({ credits: [credit] })).toBe(
      `B: the credit ${ALICE} credit-1 was booked 0 times`,
    );
  });

  test('one that is booked with another amount', () => {
    const bookedCredits = [{ ...credit, amountNano: 10n }];
    expect(violations({ credits: [credit], bookedCredits })).toBe(
      `B: the credit ${ALICE} credit-1 of 5 was booked as 10`,
    );
  });

  test('one that nobody sent', () => {
    expect(violations({ bookedCredits: [credit] })).toBe(
      `B: the credit ${ALICE} credit-1 was booked, and nobody sent it`,
    );
  });
});

describe('D: nothing given away, nothing invented', () => {
  test.each(['complete', 'replayed'] as const)('a %s answer whose row is void', (what) => {
    expect(violations({ seen: [aSeen({ what })], rows: [aRow({ status: 'VOIDED' })] })).toContain(
      `D: ${ALICE} t1: a whole answer was delivered, and its row is VOIDED`,
    );
  });

  test('a whole answer without a row', () => {
    expect(violations({ rows: [] })).toContain('its row is absent');
  });

  test('a reply that said another cost than the ledger', () => {
    const seen = [aSeen({ isStream: false, costNano: 999n })];
    expect(violations({ seen })).toBe(
      `D: ${ALICE} t1: the reply said that it cost 999, the ledger says 1000`,
    );
  });

  test('a charge of which nothing was bought', () => {
    expect(violations({ purchases: [] })).toBe(
      `D: ${ALICE} t1: it was charged, and nothing was bought`,
    );
  });

  test('a charge above what the upstream sent', () => {
    const end = { atMs: 1_900, outcome: 'aborted', sentTokens: 250 };
    expect(violations({ purchases: [aPurchase({ end })] })).toBe(
      `D: ${ALICE} t1: 300 tokens were charged, and 250 bought`,
    );
  });

  test('a stream that is charged above what its client received', () => {
    const seen = [aSeen({ what: 'part', tokens: 256 })];
    expect(violations({ seen })).toBe(`D: ${ALICE} t1: 300 tokens were charged, and 256 delivered`);
    expect(violations({ seen: [aSeen({ what: 'part', tokens: 256, hasLeft: true })] })).toBe('');
  });

  test('a charge that is PENDING at rest', () => {
    const seen = [aSeen({ what: 'nothing', tokens: 0 })];
    expect(violations({ seen, rows: [aRow({ status: 'PENDING' })] })).toBe(
      `D: ${ALICE} t1 is PENDING at rest`,
    );
  });

  test('a stream whose events are none', () => {
    const seen = [aSeen({ what: 'part', code: 'malformed' })];
    expect(violations({ seen })).toContain('the stream is no stream of a chat completion');
  });

  const BROKEN_FOR = { mendsFromMs: 5_000, toMs: 6_000 };

  test('nothing is wrong with what is bought once one of both stores may be back', () => {
    const struck = [aStrike({ kind: 'Postgres and Redis killed', fromMs: 1_000, ...BROKEN_FOR })];
    const asked = aSeen({
      what: 'refused',
      status: 503,
      tokens: 0,
      beganAtMs: 4_900,
      endedAtMs: 5_500,
    });
    const purchases = [aPurchase({ atMs: 5_200 })];
    const rows = [aRow({ status: 'VOIDED', committedAtMs: null })];
    expect(violations({ struck, seen: [asked], purchases, rows })).toBe('');
  });

  test.each([
    ['answered', {}, { atMs: 0 }],
    ['bought', { what: 'refused', status: 503, tokens: 0 }, { atMs: 3_600 }],
  ] as const)('a request that is %s while both stores are away', (word, seen, purchase) => {
    const struck = [aStrike({ kind: 'Postgres and Redis killed', fromMs: 2_000, ...BROKEN_FOR })];
    const asked = aSeen({ ...seen, beganAtMs: 3_500, endedAtMs: 4_000 });
    const found = violations({
      struck,
      seen: [asked],
      purchases: [aPurchase(purchase)],
      rows: [aRow({ committedAtMs: 3_900 })],
    });
    expect(found).toBe(`D: ${ALICE} t1 was ${word} while both stores were away`);
  });
});

describe('the house loses at most a slab of each stream at a crash', () => {
  const part = (tokens: number) => ({
    seen: [aSeen({ what: 'part', tokens })],
    rows: [aRow({ outputTokens: 0, status: 'VOIDED' })],
  });

  test('a slab at a crash is counted, and no violation', () => {
    const lost = evidence({ ...part(256), struck: [aStrike()] });
    expect(judge(lost)).toEqual([]);
    expect(houseLosses(lost)).toMatchObject({ tokens: 256, tokensMax: 512 });
  });

  test('more than a slab of one stream', () => {
    expect(violations({ ...part(257), struck: [aStrike()] })).toBe(
      `D: ${ALICE} t1: the house lost 257 tokens of one stream`,
    );
  });

  test('a loss at a gateway that did not crash', () => {
    const struck = [aStrike({ gateway: 1 })];
    expect(violations({ ...part(10), struck })).toBe(
      `D: ${ALICE} t1: the house lost 10 tokens without a crash`,
    );
  });

  test('a client that left may have been settled for until its gateway died', () => {
    const [seen] = part(10).seen;
    const struck = [aStrike({ fromMs: 10_500, toMs: 11_000 })];
    const left = (endedAtMs: number, hasLeft: boolean) =>
      violations({ ...part(10), seen: seen ? [{ ...seen, endedAtMs, hasLeft }] : [], struck });
    expect(left(2_000, true)).toBe('');
    expect(left(2_000, false)).toContain('without a crash');
    expect(left(400, true)).toContain('without a crash');
  });

  test('more slabs than streams were open', () => {
    const two = [
      aSeen({ what: 'part', tokens: 200 }),
      aSeen({ traceId: 't2', answerId: 'chatcmpl-2', what: 'part', tokens: 200 }),
    ];
    const struck = [aStrike({ openAtGateway: 1 })];
    expect(violations({ seen: two, rows: [], struck })).toBe(
      'D: the house lost 400 tokens, and at most 256 may be',
    );
  });
});

describe('E: no overspend', () => {
  const held = [aRow({ holdNano: 300n, createdAtMs: 1_000 })];

  test('more charged than credits and credit limit', () => {
    expect(violations({ tenants: [aTenant({ chargedNano: 10_501n })] })).toBe(
      `E: ${ALICE}: spent of credits and credit limit: 10501 of 10500`,
    );
    expect(violations({ tenants: [aTenant({ chargedNano: 10_500n })] })).toBe('');
  });

  const keyLimit = (type: string, limit: bigint) => ({ keyLimits: [{ type, limit }] });
  test.each<[string, Partial<TenantFigures>]>([
    ['requests of the day: 4 of 3', { dailyLimit: 3 }],
    ['requests of the month: 4 of 3', { monthlyLimit: 3 }],
    ["key's daily_requests: 4 of 3", keyLimit('daily_requests', 3n)],
    ["key's total_amount: 1000 of 999", keyLimit('total_amount', 999n)],
  ])('a limit that is passed: %s', (sentence, limit) => {
    expect(violations({ tenants: [aTenant({ ...limit, charges: 4 })] })).toBe(
      `E: ${ALICE}: ${sentence}`,
    );
  });

  test('where Redis was struck, the excess is at most what was held at one moment', () => {
    const struck = [aStrike({ kind: 'Redis killed' })];
    const within = { rows: held, struck, tenants: [aTenant({ chargedNano: 10_800n })] };
    expect(violations(within)).toBe('');
    const beyond = { ...within, tenants: [aTenant({ chargedNano: 10_801n })] };
    expect(violations(beyond)).toContain('10801 of 10500');
  });
});

describe('F: tenants are islands', () => {
  test("a tenant that gets another's answer", () => {
    const bobs = { tenantId: BOB, traceId: 't1' };
    const found = violations({
      seen: [aSeen(), aSeen({ ...bobs })],
      rows: [aRow(), aRow(bobs)],
      purchases: [aPurchase(), aPurchase(bobs)],
    });
    expect(found).toBe(`F: ${BOB} t1 got the answer chatcmpl-1 of ${ALICE} t1`);
  });

  test('an error that names another tenant', () => {
    const refused = aSeen({ what: 'refused', tokens: 0, bytesHash: null, namedInError: [BOB] });
    const tenants = [aTenant(), aTenant({ tenantId: BOB })];
    expect(violations({ seen: [aSeen(), refused], tenants })).toContain(
      `an error names the tenant ${BOB}`,
    );
  });
});

describe('refusals are designed', () => {
  test.each([401, 500])('a good request that gets %i', (status) => {
    const refused = aSeen({
      what: 'refused',
      status,
      code: 'some_code',
      tokens: 0,
      bytesHash: null,
    });
    expect(violations({ seen: [aSeen(), refused] })).toContain(
      `refusal: ${ALICE} t1: ${status} some_code at 1970`,
    );
  });

  test.each([402, 409, 429, 502, 503, 504])('%i may happen', (status) => {
    const refused = aSeen({ what: 'refused', status, tokens: 0, bytesHash: null });
    expect(violations({ seen: [aSeen(), refused] })).toBe('');
  });
});

test("the upstream's journal is read as far as a kill let it be written", () => {
  const begin = {
    event: 'begin',
    id: '1-1',
    atMs: 5,
    trace: 't1',
    user: ALICE,
    isStream: true,
    tokens: 9,
  };
  const end = { event: 'end', id: '1-1', atMs: 8, outcome: 'finished', sentTokens: 9 };
  const lines = [begin, { ...begin, id: '1-2' }, end].map((line) => JSON.stringify(line));
  const [whole, cut, ...more] = purchasesIn(`${lines.join('\n')}\n{"event":"beg`);
  expect(whole).toMatchObject({ tenantId: ALICE, traceId: 't1', end: { sentTokens: 9 } });
  expect(cut?.end).toBeNull();
  expect(more).toEqual([]);
});
