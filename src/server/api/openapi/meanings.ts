import type { ErrorCode } from '@/server/domain/errors';

/** What each error code means, and what to do about it. */
export const ERROR_MEANINGS: Readonly<Record<ErrorCode, string>> = {
  invalid_json: 'The body is not valid JSON, or not a JSON object.',
  invalid_field: 'A field is missing, wrong or unknown; param names it.',
  invalid_trace_id: 'A trace id is 1–128 of A-Z a-z 0-9 . _ : and -.',
  context_length_exceeded:
    'The provider says that the request does not fit into the model’s window. Shorten it.',
  upstream_rejected:
    'The provider refused the request; the message says why, and param what of it. Nothing was charged.',
  invalid_api_key: 'The key or token is missing, wrong, expired or revoked.',
  insufficient_quota:
    'The balance, or the key’s amount, does not cover this. Top up, or ask for less.',
  model_not_allowed: 'This key may not use this model.',
  ip_not_allowed: 'This key may not be used from this address.',
  tenant_suspended: 'The organisation is suspended. Ask its operator.',
  forbidden: 'Your role does not allow this.',
  model_not_found: 'There is no such model in the catalogue.',
  not_found: 'There is no such thing, or it is not yours.',
  method_not_allowed: 'The route exists, with another method; see the allow header.',
  trace_in_flight: 'The first request with this trace id is still running. Wait for retry-after.',
  trace_conflict: 'This trace id was used with another body, path or key. Choose another.',
  trace_already_billed: 'This trace id was answered and billed; its answer is no longer stored.',
  conflict: 'What you send contradicts what is there already.',
  request_too_large: 'The body is larger than what is accepted.',
  unsupported_media_type: 'Send the body as application/json.',
  rate_limit_exceeded: 'Requests or tokens per minute are used up. Wait for retry-after.',
  daily_quota_exceeded: 'Today’s limit is used up; days end at midnight UTC.',
  monthly_quota_exceeded: 'This month’s limit is used up; months end at midnight UTC.',
  concurrency_exceeded: 'Too many requests of this key are open at once. Wait for retry-after.',
  client_closed: 'You closed the connection before the answer.',
  internal_error: 'Our fault. Quote the request id; nothing undelivered was charged.',
  upstream_error: 'The provider failed. Nothing was charged; try again.',
  no_healthy_upstream: 'No provider of this model is available. Try again soon.',
  billing_unavailable: 'The ledger cannot be reached, so nothing is bought. Try again soon.',
  audit_unfinished: 'The ledger is too large to audit within a request. Run npm run audit.',
  upstream_timeout: 'The provider took too long. Nothing was charged.',
};

/** Reply headers of /api/v1, in the order of their usefulness. */
export const REPLY_HEADERS: readonly (readonly [name: string, meaning: string])[] = [
  ['x-trace-id', 'The request’s trace id, yours or one that was made. Always there.'],
  ['x-request-id', 'Names this very exchange, for support. Always there.'],
  ['x-tallygate-cost', 'Plain requests: what was charged, in nano-USD.'],
  ['x-tallygate-balance', 'What is available now, holds taken off, in nano-USD.'],
  [
    'x-tallygate-max-tokens',
    'The output was capped to so many tokens: to what the balance affords, or because the model states no maximum of its own.',
  ],
  ['x-ratelimit-limit-requests, -tokens', 'The limit per minute, where one applies.'],
  ['x-ratelimit-remaining-requests, -tokens', 'What is left of it.'],
  ['x-ratelimit-reset-requests, -tokens', 'When it is whole again.'],
  ['idempotent-replayed', 'true: the stored answer of an earlier request; nothing was billed.'],
  ['retry-after', 'On 409 trace_in_flight and 429: seconds to wait.'],
];
