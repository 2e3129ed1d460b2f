import type { Nano } from './money';
import { msToNextDay, msToNextMonth } from './period';
import type { HoldDemand } from './ports/quota-store';
import {
  type KeyLimits,
  type KeyQuotaType,
  type RateStates,
  type Refusal,
  refuseKeyQuota,
} from './quota';
import { type Standing, spendableNano, usedThisMonth, usedToday } from './standing';

const CONCURRENCY_RETRY_MS = 1_000;

export type Verdict =
  | {
      readonly kind: 'granted';
      readonly nano: Nano;
      readonly tokens: number;
      readonly availableNano: Nano;
      readonly rates: RateStates;
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

const NO_LIMITS: KeyLimits = { rpm: null, tpm: null, concurrency: null, quotas: [] };

const refused = (refusal: Refusal): Verdict => ({ kind: 'refused', refusal });

/**
 * Judges an admission: rate limits, concurrency, the tenant's quotas, the key's, the balance.
 * Grants the most that is left between the demand's bounds, or names the first limit that says no.
 * `quota_hold.lua` is its twin.
 */
export function judge(standing: Standing, demand: HoldDemand, limits: KeyLimits): Verdict {
  const refusal =
    judgeRates(standing, demand, limits) ??
    judgeTenantQuotas(standing) ??
    judgeKeyQuotas(standing, demand, limits);
  if (refusal !== null) return refused(refusal);
  const room = roomOf(standing, limits);
  if (room.nano < demand.minNano) {
    const availableNano = standing.quota.balanceNano - standing.heldNano;
    return refused({ code: 'insufficient_quota', scope: 'tenant', availableNano });
  }
  const nano = room.nano < demand.maxNano ? room.nano : demand.maxNano;
  return {
    kind: 'granted',
    nano,
    tokens: Math.min(room.tokens, demand.maxTokens),
    availableNano: standing.quota.balanceNano - standing.heldNano - nano,
    rates: ratesAfter(standing, demand, limits),
  };
}

/** Judges whether the tenant could pay so much at all. `quota_check.lua` is its twin. */
export function judgeCheck(standing: Standing, estimateNano: Nano): Verdict {
  const bounds = { minNano: estimateNano, maxNano: estimateNano };
  return judge(standing, { ...bounds, minTokens: 0, maxTokens: 0, rateTokens: 0 }, NO_LIMITS);
}

/** Judges what the next request would be told: the check that it meets first, then its admission. */
export function foresee(standing: Standing, demand: HoldDemand, limits: KeyLimits): Verdict {
  const check = judgeCheck(standing, demand.minNano);
  return check.kind === 'refused' ? check : judge(standing, demand, limits);
}

/**
 * Judges what a raised hold takes on top: it has to fit into the balance and the key's quotas. What
 * is not asked for is not judged. `quota_raise.lua` is its twin.
 */
export function judgeRaise(
  { quota, ...standing }: Standing,
  more: { readonly nano: Nano; readonly tokens: number },
  limits: KeyLimits,
): Refusal | null {
  const availableNano = quota.balanceNano - standing.heldNano;
  if (more.nano > 0n && availableNano + quota.creditLimitNano < more.nano) {
    return { code: 'insufficient_quota', scope: 'tenant', availableNano };
  }
  for (const { type, limit } of limits.quotas) {
    let wanted = 0n;
    if (type.endsWith('_tokens')) wanted = BigInt(more.tokens);
    if (type.endsWith('_amount')) wanted = more.nano;
    const used = standing.key.used.get(type) ?? 0n;
    if (wanted > 0n && used + wanted > limit) return refuseKeyQuota(type, standing.nowMs);
  }
  return null;
}

function judgeRates(standing: Standing, demand: HoldDemand, limits: KeyLimits): Refusal | null {
  const { key } = standing;
  const retryAfterMs = Math.max(key.rateFreeInMs, 1);
  if (limits.rpm !== null && key.requestsPerMinute + 1 > limits.rpm) {
    return { code: 'rate_limit_exceeded', unit: 'requests', retryAfterMs };
  }
  if (limits.tpm !== null && key.tokensPerMinute + demand.rateTokens > limits.tpm) {
    return { code: 'rate_limit_exceeded', unit: 'tokens', retryAfterMs };
  }
  if (limits.concurrency !== null && key.open >= limits.concurrency) {
    return { code: 'concurrency_exceeded', retryAfterMs: CONCURRENCY_RETRY_MS };
  }
  return null;
}

function judgeTenantQuotas(standing: Standing): Refusal | null {
  const { dailyLimit, monthlyLimit } = standing.quota;
  if (dailyLimit !== null && usedToday(standing) >= dailyLimit) {
    const retryAfterMs = msToNextDay(standing.nowMs);
    return { code: 'daily_quota_exceeded', scope: 'tenant', retryAfterMs };
  }
  if (monthlyLimit !== null && usedThisMonth(standing) >= monthlyLimit) {
    const retryAfterMs = msToNextMonth(standing.nowMs);
    return { code: 'monthly_quota_exceeded', scope: 'tenant', retryAfterMs };
  }
  return null;
}

function judgeKeyQuotas(standing: Standing, demand: HoldDemand, limits: KeyLimits): Refusal | null {
  for (const { type, limit } of limits.quotas) {
    const left = limit - (standing.key.used.get(type) ?? 0n);
    if (left < least(type, demand)) return refuseKeyQuota(type, standing.nowMs);
  }
  return null;
}

function least(type: KeyQuotaType, demand: HoldDemand): bigint {
  if (type.endsWith('_requests')) return 1n;
  return type.endsWith('_tokens') ? BigInt(demand.minTokens) : demand.minNano;
}

/** What is left to hold: the balance with its credit, narrowed by the key's own quotas. */
function roomOf(standing: Standing, limits: KeyLimits): { nano: Nano; tokens: number } {
  let nano = spendableNano(standing);
  let tokens = Number.MAX_SAFE_INTEGER;
  for (const { type, limit } of limits.quotas) {
    const left = limit - (standing.key.used.get(type) ?? 0n);
    if (type.endsWith('_amount') && left < nano) nano = left;
    if (type.endsWith('_tokens')) tokens = Math.min(tokens, Number(left));
  }
  return { nano, tokens };
}

function ratesAfter(standing: Standing, demand: HoldDemand, limits: KeyLimits): RateStates {
  const { key } = standing;
  const state = (limit: number | null, used: number) =>
    limit === null
      ? null
      : { limit, remaining: Math.max(limit - used, 0), resetMs: Math.max(key.rateFreeInMs, 0) };
  return {
    requests: state(limits.rpm, key.requestsPerMinute + 1),
    tokens: state(limits.tpm, key.tokensPerMinute + demand.rateTokens),
  };
}
