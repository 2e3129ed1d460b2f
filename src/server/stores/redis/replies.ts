import { trustedApiKeyId } from '@/server/domain/ids';
import type { Nano } from '@/server/domain/money';
import { msToNextDay, msToNextMonth, trustedDay, trustedMonth } from '@/server/domain/period';
import type { AdmissionReply, TraceHolder } from '@/server/domain/ports';
import {
  KEY_QUOTA_TYPES,
  type KeyLimits,
  type KeyQuotaType,
  NO_RATES,
  type RateStates,
  type Refusal,
  refuseKeyQuota,
} from '@/server/domain/quota';

const MINUTE_MS = 60_000;
const CONCURRENCY_RETRY_MS = 1_000;

/** A script's code, as the refusal that the gateway speaks of. Throws on a code of no refusal. */
export function refusalOf(
  code: string | undefined,
  detail: string,
  waitMs: number,
  availableNano: Nano,
): Refusal {
  const now = Date.now();
  switch (code) {
    case 'INSUFFICIENT':
      return { code: 'insufficient_quota', scope: 'tenant', availableNano };
    case 'DAILY':
      return { code: 'daily_quota_exceeded', scope: 'tenant', retryAfterMs: msToNextDay(now) };
    case 'MONTHLY':
      return { code: 'monthly_quota_exceeded', scope: 'tenant', retryAfterMs: msToNextMonth(now) };
    case 'RATE':
      return {
        code: 'rate_limit_exceeded',
        unit: detail === 'tokens' ? 'tokens' : 'requests',
        retryAfterMs: Math.max(waitMs, 1),
      };
    case 'CONCURRENCY':
      return { code: 'concurrency_exceeded', retryAfterMs: CONCURRENCY_RETRY_MS };
    case 'KEY_QUOTA':
      return refuseKeyQuota(keyQuotaType(detail), now);
    default:
      throw new Error(`A quota script answered ${code ?? 'nothing'}`);
  }
}

function keyQuotaType(value: string): KeyQuotaType {
  const type = KEY_QUOTA_TYPES.find((known) => known === value);
  if (type === undefined) throw new Error(`Unknown quota type ${value}`);
  return type;
}

function traceHolder(lock: string): TraceHolder {
  const [, bodyHash = '', keyId = ''] = lock.split('|');
  return { bodyHash, keyId: trustedApiKeyId(keyId) };
}

/** Parses what `quota_hold.lua` returns. */
export function admissionReply(reply: readonly string[], limits: KeyLimits): AdmissionReply {
  const [, code, held, tokens, available, day, month, detail, wait, ...rates] = reply;
  const [requestsUsed, tokensUsed, minute = ''] = rates;
  const waitMs = Number(wait ?? '0');
  if (code === 'TAKEN') return { kind: 'trace_taken', holder: traceHolder(detail ?? '') };
  if (code === 'LATE') return { kind: 'superseded' };
  if (code !== 'ADMITTED') {
    const refusal = refusalOf(code, detail ?? '', waitMs, BigInt(available ?? '0'));
    return { kind: 'refused', refusal };
  }
  return {
    kind: 'admitted',
    store: 'redis',
    heldNano: BigInt(held ?? '0'),
    heldTokens: Number(tokens),
    availableNano: BigInt(available ?? '0'),
    rates: rateStates(limits, Number(requestsUsed), Number(tokensUsed), waitMs),
    day: trustedDay(day ?? ''),
    month: trustedMonth(month ?? ''),
    rateMinute: minute === '' ? null : Number(minute),
    rowOpened: false,
  };
}

/** The rate headers' figures; a window is full again once a quiet minute has passed. */
export function rateStates(
  limits: KeyLimits,
  requestsUsed: number,
  tokensUsed: number,
  resetMs: number,
): RateStates {
  if (limits.rpm === null && limits.tpm === null) return NO_RATES;
  const state = (limit: number | null, used: number) =>
    limit === null
      ? null
      : { limit, remaining: Math.max(limit - used, 0), resetMs: Math.min(resetMs, MINUTE_MS) };
  return { requests: state(limits.rpm, requestsUsed), tokens: state(limits.tpm, tokensUsed) };
}
