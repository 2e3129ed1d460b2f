import type { KeyQuotaType } from '@/server/domain/quota';

/** The quota row of Postgres, as the scripts take it. */
export interface Row {
  readonly version: number;
  readonly base: bigint;
  readonly credit: bigint;
  readonly dailyLimit: number | null;
  readonly dailyUsed: number;
  readonly day: string;
  readonly monthlyLimit: number | null;
  readonly monthlyUsed: number;
  readonly month: string;
}

export interface KeyQuota {
  readonly key: string;
  readonly type: KeyQuotaType;
  readonly used: bigint;
  readonly period: string;
  readonly version: number;
}

/** A hold that Postgres knows and Redis may have lost. */
export interface LostHold {
  readonly id: string;
  readonly amount: bigint;
  readonly tokens: number;
  readonly key: string;
  readonly day: string;
  readonly month: string;
  readonly leaseLeftMs: number;
  readonly types: readonly KeyQuotaType[];
}

export interface Limit {
  readonly type: KeyQuotaType;
  readonly limit: bigint;
}

export interface WarmCall {
  readonly row: Row;
  readonly keyQuotas: readonly KeyQuota[];
  readonly holds: readonly LostHold[];
  readonly ttlMs: number;
}

export interface HoldCall {
  readonly id: string;
  readonly key: string;
  /** Null: a trace id of our own making, which needs no lock. */
  readonly trace: string | null;
  readonly min: bigint;
  readonly max: bigint;
  readonly minTokens: number;
  readonly maxTokens: number;
  readonly rateTokens: number;
  readonly leaseMs: number;
  readonly rpm: number | null;
  readonly tpm: number | null;
  readonly concurrency: number | null;
  readonly limits: readonly Limit[];
}

export interface RaiseCall {
  readonly id: string;
  readonly key: string;
  readonly trace: string | null;
  readonly amount: bigint;
  readonly tokens: number;
  readonly leaseMs: number;
  readonly limits: readonly Limit[];
}

/** What a hold counted in its minute and did not use. */
export interface UnusedRate {
  readonly minute: number;
  readonly requests: number;
  readonly tokens: number;
}

export interface DeductCall {
  readonly id: string;
  readonly key: string;
  readonly amount: bigint;
  readonly tokens: number;
  readonly requests: number;
  readonly today: string;
  readonly month: string;
  readonly allowNegative: boolean;
  readonly leaseMs: number;
  readonly types: readonly KeyQuotaType[];
  readonly unused: UnusedRate | null;
}

export interface OperationRef {
  readonly id: string;
  readonly trace: string | null;
}

export interface FoldCall {
  readonly operations: readonly OperationRef[];
  readonly row: Row | null;
  readonly keyQuotas: readonly KeyQuota[];
  readonly tombstoneMs: number;
}

export interface RenewCall {
  readonly operations: readonly OperationRef[];
  readonly leaseMs: number;
}

export interface CheckCall {
  readonly estimate: bigint;
  readonly today: string;
  readonly month: string;
}

export interface StandingCall {
  readonly key: string;
  readonly rateTokens: number;
  readonly rpm: number | null;
  readonly tpm: number | null;
  readonly types: readonly KeyQuotaType[];
}

export interface AnswerCall {
  readonly label: string;
  readonly ttlMs: number;
  readonly budget: number;
  readonly overhead: number;
  readonly value: string;
}

const words = (...values: readonly (string | number | bigint)[]): string[] => values.map(String);
const orNone = (limit: number | null): string => (limit === null ? '' : String(limit));

const rowWords = (row: Row): string[] =>
  words(
    row.version,
    row.base,
    row.credit,
    orNone(row.dailyLimit),
    row.dailyUsed,
    row.day,
    orNone(row.monthlyLimit),
    row.monthlyUsed,
    row.month,
  );

const keyQuotaWords = (quotas: readonly KeyQuota[]): string[] => [
  String(quotas.length),
  ...quotas.flatMap((quota) =>
    words(quota.key, quota.type, quota.used, quota.period, quota.version),
  ),
];

const limitWords = (limits: readonly Limit[]): string[] => [
  String(limits.length),
  ...limits.flatMap(({ type, limit }) => words(type, limit)),
];

export const packed = (hold: LostHold): string =>
  [
    ...words(hold.amount, hold.tokens, 1, 1, hold.key, hold.day, hold.month, hold.leaseLeftMs),
    'h',
    hold.types.join(','),
  ].join('|');

/** What a named trace's lock holds. */
export const lockValue = (call: { id: string; key: string; trace: string | null }): string =>
  call.trace === null ? '' : `${call.id}|body|${call.key}`;

export const warmWords = (call: WarmCall): string[] => [
  ...rowWords(call.row),
  ...keyQuotaWords(call.keyQuotas),
  String(call.holds.length),
  ...call.holds.flatMap((hold) => [hold.id, packed(hold)]),
  String(call.ttlMs),
];

export const holdWords = (call: HoldCall): string[] => [
  ...words(call.min, call.max, call.minTokens, call.maxTokens, call.rateTokens),
  ...words(call.id, call.key, call.leaseMs, lockValue(call)),
  ...[call.rpm, call.tpm, call.concurrency].map(orNone),
  ...limitWords(call.limits),
];

export const raiseWords = (call: RaiseCall): string[] => [
  ...words(call.amount, call.tokens, call.id, call.leaseMs, lockValue(call)),
  ...limitWords(call.limits),
];

export const deductWords = (call: DeductCall): string[] =>
  words(
    call.amount,
    call.requests,
    call.requests,
    call.today,
    call.month,
    call.allowNegative ? 1 : 0,
    call.id,
    call.key,
    call.tokens,
    call.leaseMs,
    call.types.join(','),
    orNone(call.unused?.minute ?? null),
    call.unused?.requests ?? 0,
    call.unused?.tokens ?? 0,
  );

export const foldWords = (call: FoldCall): string[] => [
  ...words(call.tombstoneMs, call.operations.length, ...call.operations.map(({ id }) => id)),
  ...(call.row === null ? ['0'] : ['1', ...rowWords(call.row), ...keyQuotaWords(call.keyQuotas)]),
];

export const renewWords = (call: RenewCall): string[] =>
  words(call.leaseMs, ...call.operations.map(({ id }) => id));

export const checkWords = (call: CheckCall): string[] =>
  words(call.estimate, call.today, call.month);

export const standingWords = (call: StandingCall): string[] => [
  ...words(call.key, call.rateTokens, orNone(call.rpm), orNone(call.tpm), call.types.length),
  ...call.types,
];

export const answerWords = (call: AnswerCall): string[] =>
  words(call.label, call.ttlMs, call.budget, call.overhead, call.value);
