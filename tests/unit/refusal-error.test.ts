import { describe, expect, test } from 'vitest';
import { errorBody, TallygateError } from '@/server/domain/errors';
import type { KeyLimits, Refusal } from '@/server/domain/quota';
import { errorReply } from '@/server/gateway/error-response';
import { openExchange } from '@/server/gateway/exchange';
import { rateHeaders } from '@/server/gateway/rate-headers';
import { refusalError } from '@/server/gateway/refusal-error';

const LIMITS: KeyLimits = { rpm: 60, tpm: 1_000, concurrency: 2, quotas: [] };

describe('a refusal as the client is told', () => {
  const cases: [string, Refusal, number, string][] = [
    [
      'a spent balance',
      { code: 'insufficient_quota', scope: 'tenant', availableNano: 1_500_000_000n },
      402,
      '$1.50 is available',
    ],
    [
      'a spent total of the key',
      { code: 'insufficient_quota', scope: 'key', quotaType: 'total_tokens' },
      402,
      'total tokens quota',
    ],
    [
      'the day of the tenant',
      { code: 'daily_quota_exceeded', scope: 'tenant', retryAfterMs: 1_001 },
      429,
      'This account has reached its daily quota',
    ],
    [
      'the month of the key',
      {
        code: 'monthly_quota_exceeded',
        scope: 'key',
        quotaType: 'monthly_amount',
        retryAfterMs: 1_001,
      },
      429,
      'This API key has reached its monthly quota',
    ],
    [
      'the rate',
      { code: 'rate_limit_exceeded', unit: 'tokens', retryAfterMs: 1_001 },
      429,
      'limit of tokens per minute',
    ],
    [
      'open requests',
      { code: 'concurrency_exceeded', retryAfterMs: 1_001 },
      429,
      'as many requests open',
    ],
  ];

  test.each(cases)('%s', (_what, refusal, status, words) => {
    const error = refusalError(refusal, LIMITS);
    expect(error.status).toBe(status);
    expect(errorBody(error).error).toMatchObject({
      code: refusal.code,
      message: expect.stringContaining(words),
    });
    const { headers } = errorReply(error, openExchange());
    expect(headers['retry-after']).toBe(status === 429 ? '2' : undefined);
  });

  test('of a rate carries the rate headers of the limit that is spent', () => {
    const refusal = {
      code: 'rate_limit_exceeded',
      unit: 'requests',
      retryAfterMs: 30_500,
    } as const;
    expect(refusalError(refusal, LIMITS).headers).toEqual({
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '31s',
    });
    expect(refusalError(refusal).headers).toEqual({});
  });

  test('of more tokens than a whole minute has says so, and asks nobody to wait', () => {
    const refusal = { code: 'rate_limit_exceeded', unit: 'tokens', retryAfterMs: 30_500 } as const;
    const never = refusalError(refusal, LIMITS, 1_001);
    expect(never.message).toContain('counts as 1001 tokens');
    expect(never.message).toContain('1000 per minute');
    expect(never.headers).toMatchObject({
      'x-should-retry': 'false',
      'x-ratelimit-limit-tokens': '1000',
    });
    const later = refusalError(refusal, LIMITS, 1_000);
    expect(later.message).toContain('Wait as retry-after says');
    expect(later.headers).not.toHaveProperty('x-should-retry');
  });
});

describe('the reply to an error', () => {
  test('names the trace and the request, in OpenAI’s shape', () => {
    const exchange = openExchange();
    const reply = errorReply(
      refusalError({ code: 'concurrency_exceeded', retryAfterMs: 1 }),
      exchange,
    );
    expect(reply.status).toBe(429);
    expect(reply.headers).toMatchObject({
      'x-trace-id': exchange.traceId,
      'x-request-id': exchange.requestId,
      'retry-after': '1',
    });
    expect(
      JSON.parse(Buffer.from(reply.body instanceof Uint8Array ? reply.body : []).toString()),
    ).toEqual({
      error: {
        message: expect.any(String),
        type: 'rate_limit_error',
        param: null,
        code: 'concurrency_exceeded',
      },
    });
  });

  test('of status 401 names the scheme that is wanted', () => {
    const headersOf = (code: 'invalid_api_key' | 'model_not_allowed') =>
      errorReply(new TallygateError(code, 'no'), openExchange()).headers;
    expect(headersOf('invalid_api_key')['www-authenticate']).toBe('Bearer');
    expect(headersOf('model_not_allowed')).not.toHaveProperty('www-authenticate');
  });

  test('asks no client to repeat what can only fail until tomorrow', () => {
    const headersOf = (refusal: Refusal) =>
      errorReply(refusalError(refusal), openExchange()).headers;
    const daily = { code: 'daily_quota_exceeded', scope: 'tenant', retryAfterMs: 1_000 } as const;
    expect(headersOf(daily)['x-should-retry']).toBe('false');
    const busy = { code: 'concurrency_exceeded', retryAfterMs: 1_000 } as const;
    expect(headersOf(busy)['x-should-retry']).toBeUndefined();
  });
});

describe('the rate headers', () => {
  test('are there where a limit applies, and whole seconds that do not promise too early', () => {
    expect(rateHeaders({ requests: null, tokens: null })).toEqual({});
    expect(
      rateHeaders({
        requests: { limit: 60, remaining: 59, resetMs: 1 },
        tokens: { limit: 1_000, remaining: 0, resetMs: 60_000 },
      }),
    ).toEqual({
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '59',
      'x-ratelimit-reset-requests': '1s',
      'x-ratelimit-limit-tokens': '1000',
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': '60s',
    });
  });
});
