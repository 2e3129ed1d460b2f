import type { ChargeIdentity } from '@/server/domain/charge';
import { type ApiKeyId, operationId } from '@/server/domain/ids';
import type { Admission, Inquiry } from '@/server/domain/ports';
import type {
  KeyLimits,
  KeyQuotaRow,
  KeyQuotaType,
  OpenHold,
  QuotaRow,
  QuotaSnapshot,
  RateShare,
} from '@/server/domain/quota';
import type { Argument } from './scripts';

const limitArgument = (limit: number | null): string => (limit === null ? '' : String(limit));

/** The nine row fields that `include/base.lua` reads. */
export const rowArguments = (row: QuotaRow): Argument[] => [
  row.version,
  row.balanceNano,
  row.creditLimitNano,
  limitArgument(row.dailyLimit),
  row.dailyUsed,
  row.dailyDate,
  limitArgument(row.monthlyLimit),
  row.monthlyUsed,
  row.monthlyMonth,
];

/** The count and five fields of each that `include/base.lua` reads. */
export const keyQuotaArguments = (rows: readonly KeyQuotaRow[]): Argument[] => [
  rows.length,
  ...rows.flatMap((row) => [row.keyId, row.type, row.used, row.period, row.version]),
];

/** A hold in the packed form of `include/operations.lua`, with what is left of its lease. */
function packHold(hold: OpenHold, quotaTypes: readonly string[]): string {
  return [
    hold.amountNano,
    hold.tokens,
    hold.requests,
    hold.requests,
    hold.keyId,
    hold.day,
    hold.month,
    Math.max(0, Math.round(hold.leaseLeftMs)),
    'h',
    quotaTypes.join(','),
  ].join('|');
}

const quotaTypesOf = (snapshot: QuotaSnapshot, keyId: ApiKeyId): KeyQuotaType[] =>
  snapshot.keyQuotas.filter((quota) => quota.keyId === keyId).map((quota) => quota.type);

/** A whole reading of Postgres, as `quota_warm.lua` takes it. */
export const snapshotArguments = (snapshot: QuotaSnapshot): Argument[] => [
  ...rowArguments(snapshot.quota),
  ...keyQuotaArguments(snapshot.keyQuotas),
  snapshot.holds.length,
  ...snapshot.holds.flatMap((hold) => [
    hold.operationId,
    packHold(hold, quotaTypesOf(snapshot, hold.keyId)),
  ]),
];

/** What a trace's lock holds: enough to tell a repeat in flight from a conflict, and whose it is. */
export const lockValue = (
  charge: Pick<ChargeIdentity, 'transactionId' | 'traceNamed' | 'bodyHash' | 'keyId'> & {
    readonly attempt: number;
    readonly owner: string;
  },
): string =>
  charge.traceNamed
    ? `${operationId(charge.transactionId, charge.attempt)}|${charge.bodyHash}|${charge.keyId}|${charge.owner}`
    : '';

export const quotaLimitArguments = (limits: KeyLimits): Argument[] => [
  limits.quotas.length,
  ...limits.quotas.flatMap((quota) => [quota.type, quota.limit]),
];

/** The arguments of `quota_hold.lua`, in its order. */
export function holdArguments(admission: Admission): Argument[] {
  const { identity, demand, limits } = admission;
  return [
    demand.minNano,
    demand.maxNano,
    demand.minTokens,
    demand.maxTokens,
    demand.rateTokens,
    operationId(identity.transactionId, admission.attempt),
    identity.keyId,
    admission.leaseMs,
    lockValue({ attempt: admission.attempt, owner: admission.owner, ...identity }),
    limitArgument(limits.rpm),
    limitArgument(limits.tpm),
    limitArgument(limits.concurrency),
    ...quotaLimitArguments(limits),
  ];
}

/** The last three arguments of `quota_deduct.lua`. */
export const unusedArguments = (unused: RateShare | null): Argument[] =>
  unused === null ? ['', 0, 0] : [unused.minute, unused.requests, unused.tokens];

/** The arguments of `quota_standing.lua`, in its order. */
export const standingArguments = ({ keyId, limits, rateTokens }: Inquiry): Argument[] => [
  keyId,
  rateTokens,
  limitArgument(limits.rpm),
  limitArgument(limits.tpm),
  limits.quotas.length,
  ...limits.quotas.map((quota) => quota.type),
];
