import fc from 'fast-check';
import type { KeyQuotaType } from '@/server/domain/quota';
import { BENCH_START_MS, type LuaTenant } from './lua-bench';
import type * as calls from './lua-calls';
import type { QuotaModel } from './quota-model';

/** One step of a random history: a script's call, or something that happens to Redis. */
export type Command =
  | { readonly do: 'check'; readonly call: calls.CheckCall }
  | { readonly do: 'warm'; readonly call: calls.WarmCall }
  | { readonly do: 'hold'; readonly call: calls.HoldCall }
  | { readonly do: 'raise'; readonly call: calls.RaiseCall }
  | { readonly do: 'deduct'; readonly call: calls.DeductCall }
  | { readonly do: 'fold'; readonly call: calls.FoldCall }
  | { readonly do: 'renew'; readonly call: calls.RenewCall }
  | { readonly do: 'clock'; readonly nowMs: number }
  | { readonly do: 'losing the hash' }
  | { readonly do: 'a lock lapsing'; readonly trace: string };

export const IDS = ['op-a:1', 'op-b:1', 'op-c:1', 'op-a:2', 'op-d:1'] as const;
export const KEYS = ['key-1', 'key-2'] as const;
export const TRACES = ['trace-1', 'trace-2'] as const;

const DAYS = ['2026-03-14', '2026-03-15', '2026-03-31', '2026-04-01'] as const;
const TYPES: readonly KeyQuotaType[] = [
  'daily_requests',
  'daily_amount',
  'monthly_tokens',
  'total_amount',
];
const LEASE_MS = 3_600_000;
const DAY_MS = 86_400_000;

const id = fc.constantFrom(...IDS);
const key = fc.constantFrom(...KEYS);
const trace = fc.option(fc.constantFrom(...TRACES), { freq: 2 });
const day = fc.constantFrom(...DAYS);
const month = fc.constantFrom('2026-03', '2026-04');
const count = fc.integer({ min: 0, max: 4 });
const tokens = fc.integer({ min: 0, max: 40 });
const version = fc.integer({ min: 1, max: 9 });
const orNone = (limit: fc.Arbitrary<number>) => fc.option(limit, { freq: 2 });

const unused = fc.record({
  minute: fc.integer({ min: -1, max: 3 }).map((later) => BENCH_START_MS / 60_000 + later),
  requests: fc.integer({ min: 0, max: 1 }),
  tokens: fc.integer({ min: -20, max: 20 }),
});

/** Amounts of a few nano, and amounts about the bound, where a double is one nano off at worst. */
const SMALL = fc.bigInt({ min: 0n, max: 300n });
const HUGE = fc.bigInt({ min: 9_000_000_000_000_000n - 5n, max: 9_000_000_000_000_000n });

const limits = (amount: fc.Arbitrary<bigint>): fc.Arbitrary<calls.Limit[]> =>
  fc
    .record({
      picked: fc.subarray([...TYPES]),
      requests: fc.bigInt({ min: 0n, max: 3n }),
      many: fc.bigInt({ min: 0n, max: 80n }),
      amount,
    })
    .map(({ picked, ...most }) =>
      picked.map((type) => {
        if (type.endsWith('_requests')) return { type, limit: most.requests };
        return { type, limit: type.endsWith('_tokens') ? most.many : most.amount };
      }),
    );

const row = (amount: fc.Arbitrary<bigint>): fc.Arbitrary<calls.Row> =>
  fc.record({
    version,
    base: fc.oneof(
      amount,
      amount.map((nano) => -nano),
    ),
    credit: fc.oneof(fc.constant(0n), amount),
    dailyLimit: orNone(count),
    dailyUsed: count,
    day,
    monthlyLimit: orNone(count),
    monthlyUsed: count,
    month,
  });

const periodFor = (type: KeyQuotaType): fc.Arbitrary<string> => {
  if (type.startsWith('total_')) return fc.constant('');
  return fc.oneof(fc.constant(''), type.startsWith('daily_') ? day : month);
};

const keyQuota = (owner: string, type: KeyQuotaType): fc.Arbitrary<calls.KeyQuota> =>
  fc.record({
    key: fc.constant(owner),
    type: fc.constant(type),
    used: fc.bigInt({ min: 0n, max: 60n }),
    period: periodFor(type),
    version,
  });

const keyQuotas: fc.Arbitrary<calls.KeyQuota[]> = fc
  .subarray(KEYS.flatMap((owner) => TYPES.map((type) => [owner, type] as const)))
  .chain((picked) => fc.tuple(...picked.map(([owner, type]) => keyQuota(owner, type))));

const lostHold = (amount: fc.Arbitrary<bigint>): fc.Arbitrary<calls.LostHold> =>
  fc.record({
    id,
    amount,
    tokens,
    key,
    day,
    month,
    leaseLeftMs: fc.constant(LEASE_MS),
    types: fc.subarray([...TYPES]),
  });

const operations = (max: number) =>
  fc.uniqueArray(fc.record({ id, trace }), { maxLength: max, selector: (op) => op.id });

function commandOf(amount: fc.Arbitrary<bigint>): fc.Arbitrary<Command> {
  const span = fc
    .tuple(amount, amount)
    .map(([a, b]): [bigint, bigint] => (a < b ? [a, b] : [b, a]));
  const hold = fc
    .record({
      id,
      key,
      trace,
      span,
      minTokens: fc.integer({ min: 0, max: 10 }),
      maxTokens: tokens,
      rateTokens: tokens,
      leaseMs: fc.constant(LEASE_MS),
      rpm: orNone(count),
      tpm: orNone(fc.integer({ min: 0, max: 120 })),
      concurrency: orNone(count),
      limits: limits(amount),
    })
    .map(({ span: [min, max], ...call }): Command => ({ do: 'hold', call: { ...call, min, max } }));
  const raise = fc.record({
    do: fc.constant('raise' as const),
    call: fc.record({
      ...{ id, key, trace, amount, tokens, leaseMs: fc.constant(LEASE_MS) },
      limits: limits(amount),
    }),
  });
  const deduct = fc.record({
    do: fc.constant('deduct' as const),
    call: fc.record({
      ...{ id, key, amount, tokens, requests: fc.integer({ min: 0, max: 1 }) },
      ...{ today: day, month, allowNegative: fc.boolean(), leaseMs: fc.constant(LEASE_MS) },
      types: fc.subarray([...TYPES]),
      unused: fc.option(unused),
    }),
  });
  const fold = fc.record({
    do: fc.constant('fold' as const),
    call: fc.record({
      operations: operations(3),
      row: fc.option(row(amount)),
      keyQuotas,
      tombstoneMs: fc.constant(120_000),
    }),
  });
  const warm = fc.record({
    do: fc.constant('warm' as const),
    call: fc.record({
      row: row(amount),
      keyQuotas,
      holds: fc.uniqueArray(lostHold(amount), { maxLength: 3, selector: (hold) => hold.id }),
      ttlMs: fc.constant(LEASE_MS),
    }),
  });
  const renew = fc.record({
    do: fc.constant('renew' as const),
    call: fc.record({ operations: operations(5), leaseMs: fc.constant(LEASE_MS) }),
  });
  const check = fc.record({
    do: fc.constant('check' as const),
    call: fc.record({ estimate: amount, today: day, month }),
  });
  const clock = fc.record({
    do: fc.constant('clock' as const),
    nowMs: fc
      .constantFrom(
        0,
        10_000,
        59_999,
        60_000,
        90_000,
        119_999,
        121_000,
        DAY_MS,
        16 * DAY_MS,
        17 * DAY_MS,
      )
      .map((ms) => BENCH_START_MS + ms),
  });
  return fc.oneof(
    { weight: 8, arbitrary: hold },
    { weight: 6, arbitrary: deduct },
    { weight: 4, arbitrary: raise },
    { weight: 4, arbitrary: fold },
    { weight: 4, arbitrary: warm },
    { weight: 2, arbitrary: check },
    { weight: 2, arbitrary: clock },
    { weight: 1, arbitrary: renew },
    { weight: 1, arbitrary: fc.constant<Command>({ do: 'losing the hash' }) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(...TRACES)
        .map((at): Command => ({ do: 'a lock lapsing', trace: at })),
    },
  );
}

/** A history of a tenant that begins warm; in small amounts, or in amounts about the bound. */
export const histories: fc.Arbitrary<Command[]> = fc
  .constantFrom(SMALL, SMALL, SMALL, HUGE)
  .chain((amount) =>
    fc
      .tuple(row(amount), fc.array(commandOf(amount), { minLength: 5, maxLength: 40, size: 'max' }))
      .map(([first, rest]): Command[] => [
        { do: 'warm', call: { row: first, keyQuotas: [], holds: [], ttlMs: LEASE_MS } },
        ...rest,
      ]),
  );

/** Does one step in the model; returns what the script must answer. */
export function stepModel(model: QuotaModel, command: Command): string[] {
  switch (command.do) {
    case 'check':
      return model.check(command.call);
    case 'warm':
      return model.warm(command.call);
    case 'hold':
      return model.hold(command.call);
    case 'raise':
      return model.raise(command.call);
    case 'deduct':
      return model.deduct(command.call);
    case 'fold':
      return model.fold(command.call);
    case 'renew':
      return model.renew(command.call);
    case 'clock':
      model.nowMs = command.nowMs;
      return [];
    case 'losing the hash':
      model.hash = null;
      return [];
    case 'a lock lapsing':
      model.locks.delete(command.trace);
      return [];
  }
}

/** Does one step in Redis. */
export async function stepRedis(tenant: LuaTenant, command: Command): Promise<string[]> {
  switch (command.do) {
    case 'check':
      return tenant.check(command.call);
    case 'warm':
      return tenant.warm(command.call);
    case 'hold':
      return tenant.hold(command.call);
    case 'raise':
      return tenant.raise(command.call);
    case 'deduct':
      return tenant.deduct(command.call);
    case 'fold':
      return tenant.fold(command.call);
    case 'renew':
      return tenant.renew(command.call);
    case 'clock':
      await tenant.bench.setClock(command.nowMs);
      return [];
    case 'losing the hash':
      await tenant.bench.redis.del(tenant.hash);
      return [];
    case 'a lock lapsing':
      await tenant.bench.redis.del(tenant.lock(command.trace));
      return [];
  }
}
