import { type ErrorCode, errorBody, TallygateError, toTallygateError } from '../domain/errors';
import { isLedgerUnavailable } from '../domain/unavailable';
import { type Exchange, identityHeaders } from './exchange';
import { jsonReply } from './json-reply';
import type { GatewayReply } from './types';

/** Anything thrown, as an error of the closed list; what is not on it tells only the request id. */
export function designedError(error: unknown, exchange: Exchange): TallygateError {
  if (isLedgerUnavailable(error)) {
    return new TallygateError(
      'billing_unavailable',
      'Billing is not available right now, so nothing is delivered and nothing is charged. Try again shortly.',
      { retryAfterMs: 2_000, cause: error },
    );
  }
  return toTallygateError(error, exchange.requestId);
}

/** OpenAI's clients repeat every 409 and 429 unless told that it will not help. */
const FINAL: ReadonlySet<ErrorCode> = new Set([
  'trace_conflict',
  'trace_already_billed',
  'daily_quota_exceeded',
  'monthly_quota_exceeded',
]);

/** The reply to a request that ended in an error. */
export function errorReply(error: TallygateError, exchange: Exchange): GatewayReply {
  const retryAfter =
    error.retryAfterMs === null
      ? {}
      : { 'retry-after': String(Math.ceil(error.retryAfterMs / 1000)) };
  return jsonReply(error.status, errorBody(error), {
    ...identityHeaders(exchange),
    ...exchange.rateHeaders,
    ...retryAfter,
    ...(error.status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(FINAL.has(error.code) ? { 'x-should-retry': 'false' } : {}),
    ...error.headers,
  });
}
