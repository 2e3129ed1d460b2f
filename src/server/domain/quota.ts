import type { ApiKeyId, OperationId, TenantId } from './ids';
import type { Nano } from './money';
import { type Day, type Month, msToNextDay, msToNextMonth } from './period';

/** The quota row of a tenant as Postgres holds it. `version` grows by one with every change. */
export interface QuotaRow {
  readonly tenantId: TenantId;
  readonly balanceNano: Nano;
  readonly creditLimitNano: Nano;
  readonly dailyLimit: number | null;
  readonly dailyUsed: number;
  readonly dailyDate: Day;
  readonly monthlyLimit: number | null;
  readonly monthlyUsed: number;
  readonly monthlyMonth: Month;
  readonly version: number;
}

export const KEY_QUOTA_TYPES = [
  'daily_requests',
  'daily_tokens',
  'daily_amount',
  'monthly_requests',
  'monthly_tokens',
  'monthly_amount',
  'total_requests',
  'total_tokens',
  'total_amount',
] as const;
/** What a key may use of what in which period; amounts are nano-USD. */
export type KeyQuotaType = (typeof KEY_QUOTA_TYPES)[number];

/** One row of `api_key_quota`. `period` is the day, the month, or empty for a total. */
export interface KeyQuotaRow {
  readonly keyId: ApiKeyId;
  readonly type: KeyQuotaType;
  readonly limit: bigint;
  readonly used: bigint;
  readonly period: string;
  readonly version: number;
}

/** What an open operation takes from every counter until it is folded or released. */
export interface OpenHold {
  readonly operationId: OperationId;
  readonly keyId: ApiKeyId;
  readonly amountNano: Nano;
  readonly tokens: number;
  readonly requests: number;
  readonly day: Day;
  readonly month: Month;
  readonly leaseLeftMs: number;
}

/** One consistent reading of a tenant: the base that Redis is rebuilt from. */
export interface QuotaSnapshot {
  readonly quota: QuotaRow;
  readonly keyQuotas: readonly KeyQuotaRow[];
  readonly holds: readonly OpenHold[];
}

/** The limits that come with an API key; null means unlimited. */
export interface KeyLimits {
  readonly rpm: number | null;
  readonly tpm: number | null;
  readonly concurrency: number | null;
  readonly quotas: readonly { readonly type: KeyQuotaType; readonly limit: bigint }[];
}

export interface RateState {
  readonly limit: number;
  readonly remaining: number;
  readonly resetMs: number;
}

/** The state of the key's rate limits after an admission; absent where no limit applies. */
export interface RateStates {
  readonly requests: RateState | null;
  readonly tokens: RateState | null;
}

/** What a request took from its key's limits per minute, and in which minute of the store's clock. */
export interface RateShare {
  readonly minute: number;
  readonly requests: number;
  readonly tokens: number;
}

export const NO_RATES: RateStates = { requests: null, tokens: null };

/** Why an admission was refused. Nothing was written and no limit was consumed. */
export type Refusal =
  | { readonly code: 'insufficient_quota'; readonly scope: 'tenant'; readonly availableNano: Nano }
  | { readonly code: 'insufficient_quota'; readonly scope: 'key'; readonly quotaType: KeyQuotaType }
  | {
      readonly code: 'daily_quota_exceeded' | 'monthly_quota_exceeded';
      readonly scope: 'tenant';
      readonly retryAfterMs: number;
    }
  | {
      readonly code: 'daily_quota_exceeded' | 'monthly_quota_exceeded';
      readonly scope: 'key';
      readonly quotaType: KeyQuotaType;
      readonly retryAfterMs: number;
    }
  | {
      readonly code: 'rate_limit_exceeded';
      readonly unit: 'requests' | 'tokens';
      readonly retryAfterMs: number;
    }
  | { readonly code: 'concurrency_exceeded'; readonly retryAfterMs: number };

/** The current period of a key quota type: the day, the month, or empty for a total. */
export function periodOf(type: KeyQuotaType, day: Day, month: Month): string {
  if (type.startsWith('daily_')) return day;
  if (type.startsWith('monthly_')) return month;
  return '';
}

/** The refusal of a key quota that has too little left: a total is spent for good. */
export function refuseKeyQuota(quotaType: KeyQuotaType, nowMs: number): Refusal {
  const key = { scope: 'key', quotaType } as const;
  if (quotaType.startsWith('daily_')) {
    return { ...key, code: 'daily_quota_exceeded', retryAfterMs: msToNextDay(nowMs) };
  }
  if (quotaType.startsWith('monthly_')) {
    return { ...key, code: 'monthly_quota_exceeded', retryAfterMs: msToNextMonth(nowMs) };
  }
  return { ...key, code: 'insufficient_quota' };
}
