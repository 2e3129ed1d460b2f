import { TallygateError } from '../domain/errors';
import { formatUsd } from '../domain/money';
import type { KeyLimits, Refusal } from '../domain/quota';
import { rateHeaders } from './rate-headers';

const owner = (scope: 'tenant' | 'key'): string =>
  scope === 'key' ? 'This API key' : 'This account';

/**
 * A refusal as the client is told: which limit said no, and what to do. Nothing was consumed.
 * `rateTokens`: what the request counts toward its key's tokens of a minute.
 */
export function refusalError(
  refusal: Refusal,
  limits: KeyLimits | null = null,
  rateTokens = 0,
): TallygateError {
  switch (refusal.code) {
    case 'insufficient_quota':
      return new TallygateError(
        'insufficient_quota',
        refusal.scope === 'tenant'
          ? `The balance does not cover this request ($${formatUsd(refusal.availableNano)} is available). Top up, or send a smaller max_tokens.`
          : `This API key has used up its ${refusal.quotaType.replace('_', ' ')} quota. Raise the quota or use another key.`,
      );
    case 'daily_quota_exceeded':
      return new TallygateError(
        refusal.code,
        `${owner(refusal.scope)} has reached its daily quota. It starts afresh at 00:00 UTC.`,
        { retryAfterMs: refusal.retryAfterMs },
      );
    case 'monthly_quota_exceeded':
      return new TallygateError(
        refusal.code,
        `${owner(refusal.scope)} has reached its monthly quota. It starts afresh on the first, 00:00 UTC.`,
        { retryAfterMs: refusal.retryAfterMs },
      );
    case 'rate_limit_exceeded':
      return rateError(refusal, limits, rateTokens);
    case 'concurrency_exceeded':
      return new TallygateError(
        refusal.code,
        'This API key has as many requests open as it may. Wait for one to end.',
        { retryAfterMs: refusal.retryAfterMs },
      );
  }
}

function rateError(
  { code, unit, retryAfterMs }: Extract<Refusal, { readonly code: 'rate_limit_exceeded' }>,
  limits: KeyLimits | null,
  rateTokens: number,
): TallygateError {
  const headers = spentRateHeaders(unit, retryAfterMs, limits);
  const tpm = limits?.tpm ?? null;
  if (unit === 'tokens' && tpm !== null && rateTokens > tpm) {
    return new TallygateError(
      code,
      `This request counts as ${rateTokens} tokens, and this API key may use ${tpm} per minute: waiting does not help. Send less, a smaller max_tokens, or raise the limit.`,
      { retryAfterMs, headers: { ...headers, 'x-should-retry': 'false' } },
    );
  }
  return new TallygateError(
    code,
    `This API key has reached its limit of ${unit} per minute. Wait as retry-after says.`,
    { retryAfterMs, headers },
  );
}

/** The rate headers of a refusal: nothing of the spent limit remains until it resets. */
function spentRateHeaders(
  unit: 'requests' | 'tokens',
  resetMs: number,
  limits: KeyLimits | null,
): Record<string, string> {
  const limit = unit === 'requests' ? limits?.rpm : limits?.tpm;
  if (limit === null || limit === undefined) return {};
  const spent = { limit, remaining: 0, resetMs };
  return rateHeaders({
    requests: unit === 'requests' ? spent : null,
    tokens: unit === 'tokens' ? spent : null,
  });
}
