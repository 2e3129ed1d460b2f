import type { OpenCharge } from '@/server/domain/charge';
import { operationId } from '@/server/domain/ids';
import { judge, judgeCheck, judgeRaise } from '@/server/domain/judge';
import { trustedDay, trustedMonth } from '@/server/domain/period';
import type {
  Admission,
  AdmissionReply,
  DeductReply,
  QuotaCheck,
  QuotaReader,
  QuotaStore,
  Raise,
  RaiseReply,
} from '@/server/domain/ports';
import type { KeyLimits } from '@/server/domain/quota';
import type { Sql, Tx } from './client';
import { guarded, type IsLate } from './failure';
import { openRow } from './open-row';
import { holderOf, lockQuota, readStanding } from './standing';

const NO_LIMITS: KeyLimits = { rpm: null, tpm: null, concurrency: null, quotas: [] };

/** Undoes the transaction and carries the answer out of it. */
class Refused extends Error {
  constructor(readonly reply: AdmissionReply) {
    super('refused');
  }
}

/**
 * Quota on Postgres alone: the fallback while Redis is away, and the only store without Redis.
 * A hold is the PENDING row itself, placed under the tenant's lock; settling the row is the
 * deduction, so `deduct` and `fold` have nothing to do.
 */
export function createPostgresQuotaStore(sql: Sql): QuotaStore & QuotaReader {
  return {
    check: (tenantId, estimateNano) =>
      guarded(async (): Promise<QuotaCheck> => {
        const standing = await readStanding(sql, tenantId, null, NO_LIMITS);
        const verdict = judgeCheck(standing, estimateNano);
        if (verdict.kind === 'refused') return verdict;
        return { kind: 'ok', availableNano: standing.quota.balanceNano - standing.heldNano };
      }),

    admit: (admission) =>
      guarded(async (isLate) => {
        try {
          return await sql.begin((tx) => admitWithin(tx, admission, isLate));
        } catch (error) {
          if (error instanceof Refused) return error.reply;
          throw error;
        }
      }),

    standing: ({ tenantId, keyId, limits }) =>
      guarded(() =>
        sql.begin('isolation level repeatable read read only', (tx) =>
          readStanding(tx, tenantId, keyId, limits),
        ),
      ),

    raise: (raise) => guarded(() => sql.begin((tx) => raiseWithin(tx, raise))),

    // The settlement itself moves the balance; there is no second truth to prepare.
    deduct: async (): Promise<DeductReply> => ({ kind: 'miss' }),
    fold: async () => undefined,
    renew: async () => undefined,
  };
}

async function admitWithin(tx: Tx, admission: Admission, isLate: IsLate): Promise<AdmissionReply> {
  const { identity, limits, demand } = admission;
  await lockQuota(tx, identity.tenantId);
  const holder = await holderOf(tx, identity, admission.attempt);
  if (holder !== null) throw new Refused({ kind: 'trace_taken', holder });
  const standing = await readStanding(tx, identity.tenantId, identity.keyId, limits);
  const verdict = judge(standing, demand, limits);
  if (verdict.kind === 'refused') throw new Refused(verdict);
  const charge: OpenCharge = {
    ...identity,
    attempt: admission.attempt,
    operationId: operationId(identity.transactionId, admission.attempt),
    owner: admission.owner,
    admittedBy: 'postgres',
    heldNano: verdict.nano,
    heldTokens: verdict.tokens,
    day: standing.day,
    month: standing.month,
    countedInputTokens: admission.countedInputTokens,
  };
  // Its client has been refused by now: a hold would only be in the others' way.
  if (isLate()) throw new Error('Nobody waits for this admission any more');
  if (!(await openRow(tx, charge, admission.leaseMs))) {
    const owner = await holderOf(tx, identity, admission.attempt);
    if (owner === null) throw new Error('A trace was refused and yet is not there');
    throw new Refused({ kind: 'trace_taken', holder: owner });
  }
  await tx`update tenant_quota set version = version where tenant_id = ${identity.tenantId}`;
  return {
    kind: 'admitted',
    store: 'postgres',
    heldNano: verdict.nano,
    heldTokens: verdict.tokens,
    availableNano: verdict.availableNano,
    rates: verdict.rates,
    day: standing.day,
    month: standing.month,
    rateMinute: null,
    rowOpened: true,
  };
}

/** Raises the row's hold under the tenant's lock; only upward. */
async function raiseWithin(tx: Tx, raise: Raise): Promise<RaiseReply> {
  const { charge, limits } = raise;
  await lockQuota(tx, charge.tenantId);
  const [row] = await tx<{ hold: bigint; hold_tokens: number; day: string; month: string }[]>`
    select hold, hold_tokens, day::text, month from billing_transaction
    where id = ${charge.transactionId} and status = 'PENDING' and attempt = ${charge.attempt}
      and owner = ${charge.owner} for update`;
  if (row === undefined) return { kind: 'unknown' };
  const moreNano = raise.heldNano > row.hold ? raise.heldNano - row.hold : 0n;
  const moreTokens = Math.max(raise.heldTokens - row.hold_tokens, 0);
  const quotas: KeyLimits = { ...NO_LIMITS, quotas: limits.quotas };
  const [day, month] = [trustedDay(row.day), trustedMonth(row.month)];
  const raised = { day, month, nano: row.hold, tokens: row.hold_tokens };
  const standing = await readStanding(tx, charge.tenantId, charge.keyId, quotas, raised);
  const refusal = judgeRaise(standing, { nano: moreNano, tokens: moreTokens }, quotas);
  if (refusal !== null) return { kind: 'refused', refusal };
  await tx`
    update billing_transaction set hold = hold + ${String(moreNano)}::bigint,
      hold_tokens = hold_tokens + ${moreTokens},
      lease_expires_at = clock_timestamp() + ${raise.leaseMs} * interval '1 millisecond'
    where id = ${charge.transactionId}`;
  await tx`update tenant_quota set version = version where tenant_id = ${charge.tenantId}`;
  return { kind: 'raised' };
}
