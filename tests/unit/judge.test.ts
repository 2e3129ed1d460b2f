import { describe, expect, it } from 'vitest';
import { newTenantId } from '@/server/domain/ids';
import { foresee, judge, judgeRaise } from '@/server/domain/judge';
import { trustedDay, trustedMonth } from '@/server/domain/period';
import type { HoldDemand } from '@/server/domain/ports';
import type { KeyLimits, QuotaRow } from '@/server/domain/quota';
import type { Standing } from '@/server/domain/standing';

const DAY = trustedDay('2026-03-15');
const MONTH = trustedMonth('2026-03');
const NO_LIMITS: KeyLimits = { rpm: null, tpm: null, concurrency: null, quotas: [] };
const DEMAND: HoldDemand = {
  ...{ minNano: 10n, maxNano: 100n, minTokens: 1, maxTokens: 10, rateTokens: 10 },
};

function standing(quota: Partial<QuotaRow> = {}, over: Partial<Standing> = {}): Standing {
  return {
    ...{ nowMs: Date.UTC(2026, 2, 15, 23), day: DAY, month: MONTH, heldNano: 0n },
    ...{ openToday: 0, openThisMonth: 0 },
    quota: {
      ...{ tenantId: newTenantId(), balanceNano: 1_000n, creditLimitNano: 0n, version: 1 },
      ...{ dailyLimit: null, dailyUsed: 0, dailyDate: DAY },
      ...{ monthlyLimit: null, monthlyUsed: 0, monthlyMonth: MONTH, ...quota },
    },
    key: { open: 0, requestsPerMinute: 0, tokensPerMinute: 0, rateFreeInMs: 0, used: new Map() },
    ...over,
  };
}

/** `judge-parity` holds these rules against Redis by the thousand; here they are by name. */
describe('judge', () => {
  it('grants the most that is wanted where it is there, and what is left where it is not', () => {
    expect(judge(standing(), DEMAND, NO_LIMITS)).toMatchObject({
      ...{ kind: 'granted', nano: 100n, tokens: 10, availableNano: 900n },
    });
    expect(judge(standing({ balanceNano: 40n }), DEMAND, NO_LIMITS)).toMatchObject({ nano: 40n });
    expect(judge(standing({ balanceNano: 10n }), DEMAND, NO_LIMITS)).toMatchObject({ nano: 10n });
    expect(judge(standing({ balanceNano: 9n }), DEMAND, NO_LIMITS)).toEqual({
      kind: 'refused',
      refusal: { code: 'insufficient_quota', scope: 'tenant', availableNano: 9n },
    });
  });

  it('counts what is held, and lends up to the credit limit', () => {
    const held = { heldNano: 995n };
    expect(judge(standing({}, held), DEMAND, NO_LIMITS).kind).toBe('refused');
    expect(judge(standing({ creditLimitNano: 5n }, held), DEMAND, NO_LIMITS)).toMatchObject({
      ...{ nano: 10n, availableNano: -5n },
    });
  });

  it("counts today's use and today's open requests, not another day's", () => {
    const full = { dailyLimit: 3, dailyUsed: 2 };
    expect(judge(standing(full, { openToday: 1 }), DEMAND, NO_LIMITS)).toEqual({
      kind: 'refused',
      refusal: { code: 'daily_quota_exceeded', scope: 'tenant', retryAfterMs: 3_600_000 },
    });
    const yesterday = { ...full, dailyDate: trustedDay('2026-03-14') };
    expect(judge(standing(yesterday, { openToday: 1 }), DEMAND, NO_LIMITS).kind).toBe('granted');
  });

  it('tells what is left of a minute after this request', () => {
    const key = { open: 0, requestsPerMinute: 3, tokensPerMinute: 60, rateFreeInMs: 900 };
    const at = standing({}, { key: { ...key, used: new Map() } });
    const verdict = judge(at, DEMAND, { ...NO_LIMITS, rpm: 10, tpm: 100 });
    expect(verdict).toMatchObject({
      rates: { requests: { limit: 10, remaining: 6 }, tokens: { limit: 100, remaining: 30 } },
    });
    expect(judge(at, DEMAND, { ...NO_LIMITS, rpm: 3 })).toEqual({
      kind: 'refused',
      refusal: { code: 'rate_limit_exceeded', unit: 'requests', retryAfterMs: 900 },
    });
  });
});

describe('judgeRaise', () => {
  const limits: KeyLimits = { ...NO_LIMITS, quotas: [{ type: 'daily_tokens', limit: 20n }] };

  it('judges only what is asked for on top', () => {
    const overdrawn = standing({ balanceNano: -50n });
    expect(judgeRaise(overdrawn, { nano: 0n, tokens: 5 }, limits)).toBeNull();
    expect(judgeRaise(overdrawn, { nano: 1n, tokens: 0 }, limits)).toEqual({
      ...{ code: 'insufficient_quota', scope: 'tenant', availableNano: -50n },
    });
    expect(judgeRaise(standing(), { nano: 1_000n, tokens: 20 }, limits)).toBeNull();
    expect(judgeRaise(standing(), { nano: 1_000n, tokens: 21 }, limits)).toMatchObject({
      ...{ code: 'daily_quota_exceeded', scope: 'key' },
    });
  });
});

describe('foresee', () => {
  it('names the limit that a request meets first: those of the check before the key’s rates', () => {
    const limits = { ...NO_LIMITS, rpm: 1 };
    const busy = {
      key: { ...standing().key, requestsPerMinute: 1, rateFreeInMs: 5_000 },
    };
    const code = (quota: Partial<QuotaRow>) => {
      const verdict = foresee(standing(quota, busy), DEMAND, limits);
      return verdict.kind === 'refused' ? verdict.refusal.code : verdict.kind;
    };
    expect(code({ balanceNano: 9n })).toBe('insufficient_quota');
    expect(code({ dailyLimit: 0, balanceNano: 9n })).toBe('daily_quota_exceeded');
    expect(code({})).toBe('rate_limit_exceeded');
  });
});
