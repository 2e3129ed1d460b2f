import fc from 'fast-check';
import { KEY_QUOTA_TYPES } from '@/server/domain/quota';
import type { ScriptName } from '@/server/stores/redis/scripts';

/** One call of a script, as words. */
export interface Call {
  readonly script: ScriptName;
  readonly keys: readonly string[];
  readonly args: readonly string[];
}

/** A call; the loss of a key, as an eviction or a hand does it; or time that passes. */
export type Command = Call | { readonly lose: string } | { readonly nowMs: number };

/** The keys of one tenant, in few enough names that commands meet each other. */
export interface Names {
  readonly hash: string;
  readonly operations: string;
  readonly tombstones: string;
  readonly floor: string;
  readonly locks: readonly string[];
  readonly rates: readonly string[];
  readonly answers: readonly string[];
  readonly account: string;
  readonly ends: string;
}

export const namesOf = (tenant: string): Names => ({
  hash: `gw:quota:tenant:${tenant}`,
  operations: `{gw:quota:tenant:${tenant}}:ops`,
  tombstones: `{gw:quota:tenant:${tenant}}:folded`,
  floor: `{gw:quota:tenant:${tenant}}:floor`,
  locks: [0, 1].map((trace) => `{gw:quota:tenant:${tenant}}:trace:t${trace}`),
  rates: [0, 1].map((key) => `{gw:quota:tenant:${tenant}}:rate:key-${key}`),
  answers: [0, 1].map((trace) => `{gw:quota:tenant:${tenant}}:answer:t${trace}`),
  account: `{gw:quota:tenant:${tenant}}:answers`,
  ends: `{gw:quota:tenant:${tenant}}:answers:ends`,
});

export const allKeys = (names: Names): string[] => [
  ...[names.hash, names.operations, names.tombstones, names.floor],
  ...[...names.locks, ...names.rates, ...names.answers, names.account, names.ends],
];

/** Noon of the last day of a month but one; the clock jumps from here over minutes and midnights. */
export const START_MS = Date.UTC(2026, 2, 30, 12, 0, 0);
const DAY_MS = 86_400_000;
const JUMPS = [0, 1, 20_000, 59_999, 60_000, 90_000, 119_999, 121_000, 43_200_000, 2 * DAY_MS];
const days = ['2026-03-29', '2026-03-30', '2026-03-31', '2026-04-01'];
const months = ['2026-02', '2026-03', '2026-04'];

const number = (max: number) => fc.nat(max).map(String);
const small = number(60);
const money = fc.oneof({ weight: 12, arbitrary: small }, { weight: 1, arbitrary: big() });
const day = fc.constantFrom(...days);
const month = fc.constantFrom(...months);
const operation = fc.constantFrom('tx-a:1', 'tx-a:2', 'tx-b:1', 'tx-c:1');
const key = fc.constantFrom('key-0', 'key-1');
const lease = fc.constantFrom('30000', '45000');
const quotaType = fc.constantFrom(...KEY_QUOTA_TYPES);
const types = fc.uniqueArray(quotaType, { maxLength: 2 });
const limit = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: number(5) },
);

function big() {
  return fc.constantFrom('8999999999999999', '9000000000000000', '4503599627370497');
}

const row = fc
  .tuple(
    number(9),
    fc.oneof(
      money,
      number(40).map((value) => `-${Number(value) + 1}`),
    ),
  )
  .chain(([version, base]) =>
    fc
      .tuple(small, limit, number(4), day, limit, number(4), month)
      .map((rest) => [version, base, ...rest]),
  );

const keyQuota = fc.tuple(key, quotaType, small, fc.nat(2), number(6)).map((drawn) => {
  const [owner, type, used, at, version] = drawn;
  const period = type.startsWith('daily') ? days[at] : type.startsWith('monthly') ? months[at] : '';
  return [owner, type, used, period ?? '', version];
});
const keyQuotas = fc
  .uniqueArray(keyQuota, { maxLength: 3, selector: ([owner, type]) => `${owner}:${type}` })
  .map((rows) => [String(rows.length), ...rows.flat()]);

const packed = fc
  .tuple(money, small, key, day, month, types)
  .map(([amount, tokens, owner, onDay, inMonth, own]) =>
    [amount, tokens, 1, 1, owner, onDay, inMonth, 30_000, 'h', own.join(',')].join('|'),
  );
// The ledger and a live process may both name a hold, each with its own reading of it.
const holds = fc
  .array(fc.tuple(operation, packed), { maxLength: 3 })
  .map((rows) => [String(rows.length), ...rows.flat()]);

const quotaLimits = types.chain((own) =>
  fc
    .array(fc.oneof(number(80), big()), { minLength: own.length, maxLength: own.length })
    .map((limits) => [String(own.length), ...own.flatMap((type, i) => [type, limits[i] ?? '0'])]),
);

const lockValue = (id: string, named: boolean): string => (named ? `${id}|body|key-0` : '');

/**
 * Any call of any script, on the keys of one tenant; sometimes with one argument spoilt. Some come
 * in a row that chance alone would seldom draw: a spent minute, a trace that changed hands.
 */
export function anyStory(names: Names): fc.Arbitrary<Command[]> {
  const { hash, operations, tombstones, floor } = names;
  const lock = fc.constantFrom(...names.locks, names.locks[0] ?? '', names.locks[0] ?? '');
  const rateOf = (owner: string): string => names.rates[owner === 'key-0' ? 0 : 1] ?? '';
  const check = fc
    .tuple(money, day, month)
    .map((args) => ({ script: 'quota_check' as const, keys: [hash, operations], args }));
  const warm = fc.tuple(row, keyQuotas, holds).map((parts) => ({
    script: 'quota_warm' as const,
    keys: [hash, operations, tombstones, floor],
    args: [...parts.flat(), '86400000'],
  }));
  const demand = fc.tuple(money, money, small, small, small).map(([a, b, c, d, rate]) => {
    const [min, max] = BigInt(a) < BigInt(b) ? [a, b] : [b, a];
    const [few, many] = Number(c) < Number(d) ? [c, d] : [d, c];
    return [min, max, few, many, rate];
  });
  const rateLimit = fc.oneof(fc.constant(''), number(3), number(120));
  const hold = fc
    .tuple(demand, operation, key, lease, fc.boolean(), lock, rateLimit, rateLimit, limit)
    .chain(([asked, id, owner, leaseMs, named, lockKey, rpm, tpm, concurrency]) =>
      quotaLimits.map((quotas) => ({
        script: 'quota_hold' as const,
        keys: [hash, operations, tombstones, lockKey, rateOf(owner)],
        args: [
          ...[...asked, id, owner, leaseMs, lockValue(id, named)],
          ...[rpm, tpm, concurrency, ...quotas],
        ],
      })),
    );
  const raise = fc
    .tuple(money, number(120), operation, lease, fc.boolean(), lock, quotaLimits)
    .map(([amount, tokens, id, leaseMs, named, lockKey, quotas]) => ({
      script: 'quota_raise' as const,
      keys: [hash, operations, lockKey],
      args: [amount, tokens, id, leaseMs, lockValue(id, named), ...quotas],
    }));
  const unused = fc.tuple(
    fc.constantFrom('', ...[-1, 0, 1, 2].map((later) => String(START_MS / 60_000 + later))),
    fc.constantFrom('0', '1'),
    fc.integer({ min: -30, max: 30 }).map(String),
  );
  const deduct = fc
    .tuple(money, day, month, fc.constantFrom('0', '1'), operation, key, small, lease, types)
    .chain(([amount, on, within, negative, id, owner, tokens, leaseMs, own]) =>
      unused.map((back) => ({
        script: 'quota_deduct' as const,
        keys: [hash, operations, tombstones, rateOf(owner)],
        args: [
          ...[amount, '1', '1', on, within, negative, id, owner, tokens, leaseMs],
          ...[own.join(','), ...back],
        ],
      })),
    );
  const ended = fc.array(fc.tuple(operation, lock), { maxLength: 3 });
  const newer = fc.option(fc.tuple(row, keyQuotas).map((parts) => parts.flat()));
  const fold = fc.tuple(ended, newer).map(([list, rows]) => ({
    script: 'quota_fold' as const,
    keys: [hash, operations, tombstones, floor, ...list.map(([, lockKey]) => lockKey)],
    args: [
      ...['120000', String(list.length), ...list.map(([id]) => id)],
      ...(rows === null ? ['0'] : ['1', ...rows]),
    ],
  }));
  const renew = fc.tuple(lease, ended).map(([leaseMs, list]) => ({
    script: 'quota_renew' as const,
    keys: [operations, ...list.map(([, lockKey]) => lockKey)],
    args: [leaseMs, ...list.map(([id]) => id)],
  }));
  const sum = fc.array(fc.tuple(key, quotaType), { maxLength: 2 }).map((list) => ({
    script: 'quota_sum' as const,
    keys: [hash, operations],
    args: list.map(([owner, type]) => `${owner}:${type}`),
  }));
  const standing = fc.tuple(key, small, rateLimit, rateLimit, types).map(([owner, ...asked]) => {
    const [rate, rpm, tpm, own] = asked;
    return {
      script: 'quota_standing' as const,
      keys: [hash, operations, rateOf(owner)],
      args: [owner, rate, rpm, tpm, String(own.length), ...own],
    };
  });
  const answer = fc
    .tuple(
      fc.constantFrom(...names.answers),
      fc.constantFrom('t0', 't1', 't1|2', 't2'),
      fc.constantFrom('60000', '86400000'),
      number(60),
      number(9),
      fc.constantFrom('', 'ab', 'ä"\n', 'x'.repeat(25)),
    )
    .map(([answerKey, ...args]) => ({
      script: 'answer_put' as const,
      keys: [answerKey, names.account, names.ends],
      args,
    }));
  const call: fc.Arbitrary<Call> = fc.oneof(
    { weight: 2, arbitrary: check },
    { weight: 4, arbitrary: warm },
    { weight: 9, arbitrary: hold },
    { weight: 3, arbitrary: raise },
    { weight: 6, arbitrary: deduct },
    { weight: 6, arbitrary: fold },
    { weight: 2, arbitrary: renew },
    { weight: 1, arbitrary: sum },
    { weight: 2, arbitrary: standing },
    { weight: 4, arbitrary: answer },
  );
  const { account, ends } = names;
  const lost = fc.constantFrom(hash, hash, operations, tombstones, account, ends, ...names.locks);
  const one = (arbitrary: fc.Arbitrary<Command>) => arbitrary.map((command) => [command]);
  const jump = fc.constantFrom(...JUMPS).map((ms) => ({ nowMs: START_MS + ms }));
  return fc.oneof(
    { weight: 30, arbitrary: one(call) },
    { weight: 2, arbitrary: one(spoilt(call)) },
    { weight: 2, arbitrary: one(lost.map((lose) => ({ lose }))) },
    { weight: 3, arbitrary: one(jump) },
    { weight: 2, arbitrary: spentMinute(names) },
    { weight: 1, arbitrary: otherAttempt(names) },
  );
}

const BAD = ['', '-1', '007', '0x10', 'nan', '1e3', '1.5', '90071992547409930', 'a b', '|', '2026'];

/** A call with one of its arguments replaced: whatever the script says to it, the model says too. */
const spoilt = (good: fc.Arbitrary<Call>): fc.Arbitrary<Call> =>
  fc.tuple(good, fc.nat(40), fc.constantFrom(...BAD)).map(([call, place, bad]) => {
    if (call.args.length === 0) return call;
    return { ...call, args: call.args.with(place % call.args.length, bad) };
  });

/** A hold with nothing in its way but what the story is about. */
const easyHold = (names: Names, id: string, more: readonly string[]): Call => ({
  script: 'quota_hold',
  keys: [
    ...[names.hash, names.operations, names.tombstones],
    ...[names.locks[0] ?? '', names.rates[0] ?? ''],
  ],
  args: ['0', '1', '0', '1', '7', id, 'key-0', '30000', ...more, '', '0'],
});

/** Holds of one key under a tight rate, while a minute ends and fades. */
const spentMinute = (names: Names): fc.Arbitrary<Command[]> =>
  fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 7, max: 60 }), fc.nat(1000))
    .chain(([rpm, tpm, salt]) =>
      fc.array(fc.integer({ min: 0, max: 70_000 }), { minLength: 3, maxLength: 9 }).map((steps) => {
        let nowMs = START_MS;
        return steps.flatMap((step, index): Command[] => {
          nowMs += step;
          const limits = ['', String(rpm), String(tpm)];
          return [{ nowMs }, easyHold(names, `tx-${salt}-${index}:1`, limits)];
        });
      }),
    );

/** A trace that one attempt lost and the next one claimed, while the first still works on it. */
const otherAttempt = (names: Names): fc.Arbitrary<Command[]> =>
  fc.tuple(fc.nat(1000), fc.boolean()).map(([salt, renews]) => {
    const lock = names.locks[0] ?? '';
    const [first, second] = [`tx-${salt}:1`, `tx-${salt}:2`];
    const hold = (id: string) => easyHold(names, id, [lockValue(id, true), '', '']);
    const late: Call = renews
      ? { script: 'quota_renew', keys: [names.operations, lock], args: ['60000', first] }
      : {
          script: 'quota_raise',
          keys: [names.hash, names.operations, lock],
          args: ['2', '2', first, '60000', lockValue(first, true), '0'],
        };
    return [hold(first), { lose: lock }, hold(second), late];
  });
