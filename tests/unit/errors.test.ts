import { describe, expect, it } from 'vitest';
import {
  ERROR_CODES,
  errorBody,
  isTallygateError,
  TallygateError,
  toTallygateError,
} from '@/server/domain/errors';

/** The contract's codes and their statuses; a changed one breaks clients. */
const CONTRACT = {
  invalid_api_key: 401,
  insufficient_quota: 402,
  model_not_allowed: 403,
  ip_not_allowed: 403,
  tenant_suspended: 403,
  model_not_found: 404,
  trace_in_flight: 409,
  trace_conflict: 409,
  trace_already_billed: 409,
  request_too_large: 413,
  unsupported_media_type: 415,
  rate_limit_exceeded: 429,
  daily_quota_exceeded: 429,
  monthly_quota_exceeded: 429,
  concurrency_exceeded: 429,
  upstream_error: 502,
  no_healthy_upstream: 503,
  billing_unavailable: 503,
  upstream_timeout: 504,
} as const;

describe('the codes', () => {
  it("have the contract's statuses", () => {
    const statuses = Object.keys(CONTRACT).map((code) => [
      code,
      Object.entries(ERROR_CODES).find(([known]) => known === code)?.[1].status,
    ]);
    expect(Object.fromEntries(statuses)).toEqual(CONTRACT);
  });

  it('of status 400 are all of the type invalid_request_error', () => {
    const bad = Object.values(ERROR_CODES).filter(({ status }) => status === 400);
    expect(bad.length).toBeGreaterThan(2);
    expect(new Set(bad.map(({ type }) => type))).toEqual(new Set(['invalid_request_error']));
  });
});

describe('a designed error', () => {
  it("has OpenAI's shape, with null where no field is to blame", () => {
    const error = new TallygateError('insufficient_quota', 'Top up.');
    expect(error.status).toBe(402);
    expect(errorBody(error)).toEqual({
      error: {
        ...{ message: 'Top up.', type: 'insufficient_quota', param: null },
        code: 'insufficient_quota',
      },
    });
  });

  it('names the field, the wait and the headers it was given', () => {
    const error = new TallygateError('rate_limit_exceeded', 'Wait.', {
      ...{ param: 'model', retryAfterMs: 1_500, headers: { allow: 'POST' } },
    });
    expect(error).toMatchObject({
      param: 'model',
      retryAfterMs: 1_500,
      headers: { allow: 'POST' },
    });
  });

  it('keeps its cause out of what is shown', () => {
    const cause = new Error('postgres://user:secret@db/x');
    const error = new TallygateError('billing_unavailable', 'Try again.', { cause });
    expect(error.cause).toBe(cause);
    expect(JSON.stringify(errorBody(error))).not.toContain('secret');
  });

  it('is known by its brand, also from another copy of the module', () => {
    const copy = Object.assign(new Error('x'), { [Symbol.for('tallygate.error')]: true });
    expect(isTallygateError(copy)).toBe(true);
    for (const other of [new Error('x'), null, undefined, 'x', {}]) {
      expect(isTallygateError(other)).toBe(false);
    }
  });
});

describe('anything else that is thrown', () => {
  it('tells the request id and nothing of itself', () => {
    const thrown = new Error('select * from api_key where key_hash = tg-secret');
    const error = toTallygateError(thrown, 'req-1');
    expect(error).toMatchObject({ code: 'internal_error', status: 500, cause: thrown });
    expect(error.message).toContain('req-1');
    expect(JSON.stringify(errorBody(error))).not.toContain('secret');
  });

  it('may be no Error at all', () => {
    for (const thrown of ['x', null, undefined, 7, { code: 'trace_conflict' }]) {
      expect(toTallygateError(thrown, 'req-1').code).toBe('internal_error');
    }
  });

  it('a designed error stays itself', () => {
    const error = new TallygateError('model_not_found', 'No such model.');
    expect(toTallygateError(error, 'req-1')).toBe(error);
  });
});
