import fc from 'fast-check';
import type { ChargeOutcome, OpenCharge, Settlement } from '@/server/domain/charge';
import {
  operationId,
  type TransactionId,
  trustedTraceId,
  trustedTransactionId,
  uuidV7,
} from '@/server/domain/ids';
import { dayOf, monthOf } from '@/server/domain/period';
import type { Admission, Checkpoint, Raise } from '@/server/domain/ports';
import { KEY_QUOTA_TYPES, type KeyLimits } from '@/server/domain/quota';
import { chargeOf, delivered } from './charges';
import type { Account } from './ledger-bench';

/** One transaction of the ledger or of the quota store beside it. */
export type LedgerCommand =
  | { readonly do: 'open'; readonly charge: OpenCharge; readonly leaseMs: number }
  | { readonly do: 'settle'; readonly settlements: readonly Settlement[] }
  | { readonly do: 'checkpoint'; readonly checkpoint: Checkpoint }
  | { readonly do: 'renew'; readonly charges: readonly OpenCharge[]; readonly leaseMs: number }
  | { readonly do: 'admit'; readonly admission: Admission }
  | { readonly do: 'raise'; readonly raise: Raise }
  | { readonly do: 'check'; readonly estimateNano: bigint }
  | { readonly do: 'burn'; readonly charge: OpenCharge }
  | { readonly do: 'look'; readonly charge: OpenCharge };

/** A lease that lasts for the whole test, and one that has run out at once. */
const LEASES = [3_600_000, 3_600_000, -1_000];
const DAY_MS = 86_400_000;
const TRANSACTIONS_MAX = 4;

const limits: fc.Arbitrary<KeyLimits> = fc.record({
  rpm: fc.option(fc.integer({ min: 1, max: 4 }), { freq: 3 }),
  tpm: fc.option(fc.integer({ min: 10, max: 90 }), { freq: 3 }),
  concurrency: fc.option(fc.integer({ min: 1, max: 3 }), { freq: 3 }),
  quotas: fc.constant([]),
});

/** Any transaction about a few charges of one account, in few enough names that they meet. */
export function anyLedgerCommand(account: Account): fc.Arbitrary<LedgerCommand> {
  const transactions = Array.from({ length: TRANSACTIONS_MAX }, () =>
    trustedTransactionId(uuidV7()),
  );
  const now = Date.now();
  const days = [now - DAY_MS, now, now, now + DAY_MS];
  const charge = fc
    .record({
      at: fc.nat(TRANSACTIONS_MAX - 1),
      attempt: fc.constantFrom(1, 1, 2, 3),
      owner: fc.constantFrom('owner-1', 'owner-1', 'owner-2'),
      bodyHash: fc.constantFrom('body-1', 'body-1', 'body-2'),
      day: fc.constantFrom(...days),
      held: fc.integer({ min: 0, max: 200 }),
    })
    .map(({ at, attempt, owner, bodyHash, day, held }): OpenCharge => {
      const transactionId = transactions[at] ?? trustedTransactionId(uuidV7());
      return chargeOf(account, {
        ...{ transactionId, attempt, operationId: operationId(transactionId, attempt), owner },
        // Two of the transactions are after one trace.
        traceId: trustedTraceId(`trace-${Math.max(at, 1)}`),
        ...{ bodyHash, day: dayOf(day), month: monthOf(day) },
        ...{ heldNano: BigInt(held), heldTokens: Math.ceil(held / 10) },
      });
    });
  const lease = fc.constantFrom(...LEASES);
  const nano = fc.integer({ min: 0, max: 300 }).map(BigInt);
  const tokens = fc.integer({ min: 0, max: 40 });
  return fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant('open'), charge, leaseMs: lease }) },
    {
      weight: 6,
      arbitrary: fc
        .uniqueArray(settlement(charge), {
          minLength: 1,
          maxLength: 3,
          selector: (one) => one.charge.transactionId,
        })
        .map((settlements): LedgerCommand => ({ do: 'settle', settlements })),
    },
    {
      weight: 2,
      arbitrary: fc
        .record({
          charge,
          heldNano: nano,
          heldTokens: tokens,
          outputTokens: tokens,
          leaseMs: lease,
        })
        .map(
          (drawn): LedgerCommand => ({
            do: 'checkpoint',
            checkpoint: { ...drawn, inputTokens: 3 },
          }),
        ),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.uniqueArray(charge, { maxLength: 3, selector: byTransaction }), lease)
        .map(([charges, leaseMs]): LedgerCommand => ({ do: 'renew', charges, leaseMs })),
    },
    { weight: 5, arbitrary: admission(charge, lease) },
    {
      weight: 2,
      arbitrary: fc
        .record({ charge, heldNano: nano, heldTokens: tokens, limits, leaseMs: lease })
        .map((raise): LedgerCommand => ({ do: 'raise', raise })),
    },
    {
      weight: 1,
      arbitrary: nano.map((estimateNano): LedgerCommand => ({ do: 'check', estimateNano })),
    },
    { weight: 1, arbitrary: charge.map((one): LedgerCommand => ({ do: 'burn', charge: one })) },
    { weight: 1, arbitrary: charge.map((one): LedgerCommand => ({ do: 'look', charge: one })) },
  );
}

const byTransaction = (charge: OpenCharge): TransactionId => charge.transactionId;

function settlement(charge: fc.Arbitrary<OpenCharge>): fc.Arbitrary<Settlement> {
  const amount = fc.integer({ min: 0, max: 150 }).map(BigInt);
  const outcome: fc.Arbitrary<ChargeOutcome> = fc.oneof(
    fc.tuple(amount, fc.integer({ min: 3, max: 20 })).map(([nano, all]) => delivered(nano, all)),
    fc.constantFrom<ChargeOutcome>(
      { status: 'VOIDED', reason: 'upstream_error' },
      { status: 'VOIDED', reason: 'lease_expired' },
    ),
  );
  return fc.record({
    charge,
    outcome,
    timings: fc.constant({ upstream: null, upstreamMs: null, firstByteMs: null, durationMs: null }),
    write: fc.constantFrom('update', 'update', 'insert'),
    onlyIfExpired: fc.constantFrom(false, false, true),
    answerLeft: fc.boolean(),
  });
}

function admission(
  charge: fc.Arbitrary<OpenCharge>,
  lease: fc.Arbitrary<number>,
): fc.Arbitrary<LedgerCommand> {
  const span = fc.tuple(fc.integer({ min: 0, max: 90 }), fc.integer({ min: 0, max: 400 }));
  return fc.record({ charge, limits, span, leaseMs: lease }).map(
    ({ charge: identity, limits: own, span: [min, more], leaseMs }): LedgerCommand => ({
      do: 'admit',
      admission: {
        identity,
        limits: own,
        demand: {
          minNano: BigInt(min),
          maxNano: BigInt(min + more),
          minTokens: Math.ceil(min / 10),
          maxTokens: Math.ceil((min + more) / 10),
          rateTokens: Math.ceil(min / 10),
        },
        countedInputTokens: 3,
        attempt: identity.attempt,
        owner: identity.owner,
        leaseMs,
      },
    }),
  );
}

/** Quotas for a key, few and tight. */
export const keyQuotas = fc
  .uniqueArray(fc.constantFrom(...KEY_QUOTA_TYPES), { maxLength: 3 })
  .map((types) =>
    types.map((type) => {
      if (type.endsWith('_requests')) return { type, limit: 3n };
      return { type, limit: type.endsWith('_tokens') ? 60n : 400n };
    }),
  );
