import type { OpenCharge } from '@/server/domain/charge';
import type { TenantId, TraceId } from '@/server/domain/ids';
import { dayOf, monthOf } from '@/server/domain/period';
import type {
  Deduction,
  DeductReply,
  Fold,
  Inquiry,
  QuotaCheck,
  QuotaStore,
  Raise,
  RaiseReply,
  ReadSnapshot,
} from '@/server/domain/ports';
import type { QuotaSnapshot } from '@/server/domain/quota';
import type { Standing } from '@/server/domain/standing';
import {
  holdArguments,
  keyQuotaArguments,
  lockValue,
  quotaLimitArguments,
  rowArguments,
  snapshotArguments,
  standingArguments,
  unusedArguments,
} from './encode';
import { RedisUnavailable } from './failure';
import { floorKey, operationsKey, quotaKey, rateKey, tombstonesKey, traceKey } from './keys';
import { admissionReply, refusalOf } from './replies';
import type { ScriptRunner } from './scripts';
import { readStandingReply } from './standing-reply';

/** A hash lives this long after a warm; then it is read from Postgres anew. */
const HASH_TTL_MS = 24 * 60 * 60 * 1000;
/** How long a late script may still arrive after its operation was folded. */
const TOMBSTONE_MS = 120_000;
/** How often a reading may be overtaken by a fold before the tenant is given up as unwarmable. */
const WARM_ROUNDS_MAX = 50;
/** A Redis that loses a hash this often in one call is evicting: it is not to be trusted. */
const MISS_ROUNDS_MAX = 5;

/** The Redis quota store, with what only its keepers need beside the port. */
export interface RedisQuotaStore extends QuotaStore {
  /** Reads the tenant from the ledger and brings its hash up to that version. */
  warm(tenantId: TenantId): Promise<QuotaSnapshot | null>;
  /** The tenant as its hash has it; null where that is cold, or lost track, and it stays so. */
  standing(inquiry: Inquiry): Promise<Standing | null>;
}

/** Names a tenant that has no quota row; only possible for a key whose tenant was never made whole. */
export class UnknownTenant extends Error {}

const traceOf = (charge: OpenCharge): TraceId | null => (charge.traceNamed ? charge.traceId : null);

function byTenant(charges: readonly OpenCharge[]): Map<TenantId, OpenCharge[]> {
  const groups = new Map<TenantId, OpenCharge[]>();
  for (const charge of charges) {
    const own = groups.get(charge.tenantId);
    if (own === undefined) groups.set(charge.tenantId, [charge]);
    else own.push(charge);
  }
  return groups;
}

export function createRedisQuotaStore(
  scripts: ScriptRunner,
  readSnapshot: ReadSnapshot,
): RedisQuotaStore {
  const warm = async (tenantId: TenantId) => {
    for (let round = 0; round < WARM_ROUNDS_MAX; round += 1) {
      const snapshot = await readSnapshot(tenantId);
      if (snapshot === null) return null;
      const [, code] = await scripts.run(
        'quota_warm',
        [quotaKey(tenantId), operationsKey(tenantId), tombstonesKey(tenantId), floorKey(tenantId)],
        [...snapshotArguments(snapshot), HASH_TTL_MS],
      );
      if (code !== 'STALE') return snapshot;
    }
    throw new Error('The ledger moved on faster than its quota could be read');
  };

  /** Runs a script; where the hash is cold, warms it and runs it again. */
  const warmly = async (
    tenantId: TenantId,
    run: () => Promise<readonly string[]>,
  ): Promise<readonly string[]> => {
    for (let round = 0; round < MISS_ROUNDS_MAX; round += 1) {
      const reply = await run();
      if (reply[1] !== 'MISS') return reply;
      if ((await warm(tenantId)) === null) throw new UnknownTenant(tenantId);
    }
    throw new RedisUnavailable('forgetful', new Error('Its hash went cold while it was warmed'));
  };

  return {
    warm,

    async check(tenantId, estimateNano): Promise<QuotaCheck> {
      const now = Date.now();
      const [, code, available] = await warmly(tenantId, () =>
        scripts.run(
          'quota_check',
          [quotaKey(tenantId), operationsKey(tenantId)],
          [estimateNano, dayOf(now), monthOf(now)],
        ),
      );
      const availableNano = BigInt(available ?? '0');
      if (code === 'OK') return { kind: 'ok', availableNano };
      return { kind: 'refused', refusal: refusalOf(code, '', 0, availableNano) };
    },

    async standing(inquiry) {
      const { tenantId, keyId } = inquiry;
      const reply = await scripts.run(
        'quota_standing',
        [quotaKey(tenantId), operationsKey(tenantId), rateKey(tenantId, keyId)],
        standingArguments(inquiry),
      );
      return reply[1] === 'MISS' ? null : readStandingReply(reply, inquiry);
    },

    async admit(admission) {
      const { identity, limits } = admission;
      const { tenantId, keyId } = identity;
      const trace = identity.traceNamed ? identity.traceId : null;
      const reply = await warmly(tenantId, () =>
        scripts.run(
          'quota_hold',
          [
            quotaKey(tenantId),
            operationsKey(tenantId),
            tombstonesKey(tenantId),
            traceKey(tenantId, trace),
            rateKey(tenantId, keyId),
          ],
          holdArguments(admission),
        ),
      );
      return admissionReply(reply, limits);
    },

    async raise(raise: Raise): Promise<RaiseReply> {
      const { charge } = raise;
      const { tenantId } = charge;
      const run = () =>
        scripts.run(
          'quota_raise',
          [quotaKey(tenantId), operationsKey(tenantId), traceKey(tenantId, traceOf(charge))],
          [
            raise.heldNano,
            raise.heldTokens,
            charge.operationId,
            raise.leaseMs,
            lockValue(charge),
            ...quotaLimitArguments(raise.limits),
          ],
        );
      let [, code, detail] = await run();
      if (code === 'UNKNOWN') {
        // A hash or a hold that was lost is placed again from the ledger, where the row stands.
        await warm(tenantId);
        [, code, detail] = await run();
      }
      if (code === 'RAISED') return { kind: 'raised' };
      if (code === 'UNKNOWN') return { kind: 'unknown' };
      return { kind: 'refused', refusal: refusalOf(code, detail ?? '', 0, 0n) };
    },

    async deduct(deduction: Deduction): Promise<DeductReply> {
      const { charge } = deduction;
      const { tenantId, keyId } = charge;
      const [, code, balance, daily, monthly] = await scripts.run(
        'quota_deduct',
        [
          quotaKey(tenantId),
          operationsKey(tenantId),
          tombstonesKey(tenantId),
          rateKey(tenantId, keyId),
        ],
        [
          deduction.amountNano,
          deduction.requests,
          deduction.requests,
          charge.day,
          charge.month,
          deduction.allowNegative ? 1 : 0,
          charge.operationId,
          keyId,
          deduction.tokens,
          deduction.leaseMs,
          deduction.quotaTypes.join(','),
          ...unusedArguments(deduction.unused),
        ],
      );
      const balanceNano = BigInt(balance ?? '0');
      if (code === 'MISS') return { kind: 'miss' };
      if (code === 'FOLDED') return { kind: 'folded' };
      if (code === 'INSUFFICIENT') return { kind: 'insufficient', balanceNano };
      return {
        kind: code === 'REPEATED' ? 'repeated' : 'deducted',
        balanceNano,
        dailyUsed: Number(daily),
        monthlyUsed: Number(monthly),
      };
    },

    async fold(fold: Fold): Promise<void> {
      const { tenantId, operations, quota } = fold;
      await scripts.run(
        'quota_fold',
        [
          quotaKey(tenantId),
          operationsKey(tenantId),
          tombstonesKey(tenantId),
          floorKey(tenantId),
          ...operations.map((operation) => traceKey(tenantId, operation.traceId)),
        ],
        [
          TOMBSTONE_MS,
          operations.length,
          ...operations.map((operation) => operation.operationId),
          ...(quota === null
            ? [0]
            : [1, ...rowArguments(quota), ...keyQuotaArguments(fold.keyQuotas)]),
        ],
      );
    },

    async renew(charges, leaseMs): Promise<void> {
      for (const [tenantId, own] of byTenant(charges)) {
        await scripts.run(
          'quota_renew',
          [operationsKey(tenantId), ...own.map((charge) => traceKey(tenantId, traceOf(charge)))],
          [leaseMs, ...own.map((charge) => charge.operationId)],
        );
      }
    },
  };
}
