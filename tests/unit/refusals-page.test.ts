import { describe, expect, it } from 'vitest';
import { GROUPS, ownFigures, type RefusalCode } from '@/app/(portal)/limits/refusals/refusals';
import { translator } from '@/messages';
import { en } from '@/messages/en';
import { zhCN } from '@/messages/zh-CN';
import { ERROR_CODES, type ErrorCode } from '@/server/domain/errors';
import type { KeyLimitsView, Limits } from '@/server/services/portal/read-limits';

const t = translator(en);
const DAY_ENDS_AT = '2026-11-28T00:00:00.000Z';
const MONTH_ENDS_AT = '2026-12-01T00:00:00.000Z';

const key = (name: string, over: Partial<KeyLimitsView> = {}): KeyLimitsView => ({
  id: name,
  name,
  prefix: 'tg-a',
  status: 'active',
  quotas: [],
  allowedModels: null,
  allowedIps: null,
  expiresAt: null,
  requestsPerMinute: null,
  tokensPerMinute: null,
  concurrency: null,
  ...over,
});
const quota = (type: string, used: string, limit: string) => ({
  ...{ type, used, limit },
  resetsInMs: null,
});
const limitsOf = (keys: readonly KeyLimitsView[], over: Partial<Limits> = {}): Limits => ({
  tenantName: 'Acme',
  suspended: false,
  balanceNano: '5000000000',
  heldNano: '0',
  creditLimitNano: '0',
  spendableNano: '5000000000',
  inFlight: 0,
  today: { used: 12, limit: null },
  month: { used: 12, limit: 100 },
  dayEndsAt: DAY_ENDS_AT,
  monthEndsAt: MONTH_ENDS_AT,
  keys,
  models: 7,
  ...over,
});
const own = (code: RefusalCode, keys: readonly KeyLimitsView[], over: Partial<Limits> = {}) =>
  ownFigures(code, limitsOf(keys, over), t);

/** What only operators, the portal or the log can meet. */
const NOT_FOR_PROGRAMS: readonly ErrorCode[] = [
  'audit_unfinished',
  'client_closed',
  'conflict',
  'forbidden',
];

describe('the page of refusals', () => {
  it('has every code that a program can meet, once', () => {
    const shown = GROUPS.flatMap(({ refusals }) => refusals.map(({ code }) => code));
    const all = Object.keys(ERROR_CODES).toSorted();
    expect([...shown, ...NOT_FOR_PROGRAMS].toSorted()).toEqual(all);
  });

  it.each([
    ['model_not_allowed', 'Every key may use every model.'],
    ['ip_not_allowed', 'Every key may be used from any address.'],
    ['rate_limit_exceeded', 'No key has a limit for the minute.'],
    ['concurrency_exceeded', 'No key has a limit of open requests.'],
    ['invalid_api_key', 'No key is disabled or expired.'],
  ] as const)('%s that no key can meet says why in its own words', (code, text) => {
    expect(own(code, [key('CI')])).toEqual({ text, isNow: false, resetsAt: null });
    expect(own(code, [])?.text).toBe('There is no key yet.');
  });

  it.each([
    ['model_not_allowed', { allowedModels: ['sim-fast'] }, 'confined to certain models: CI.'],
    ['ip_not_allowed', { allowedIps: ['10.0.0.0/8'] }, 'confined to certain addresses: CI.'],
    ['invalid_api_key', { status: 'disabled' }, 'Disabled or expired keys: CI.'],
    ['invalid_api_key', { status: 'expired' }, 'Disabled or expired keys: CI.'],
    ['rate_limit_exceeded', { tokensPerMinute: { limit: 9, used: null } }, 'the minute: CI.'],
    ['concurrency_exceeded', { concurrency: { limit: 2, used: 1 } }, 'of open requests: CI.'],
  ] as const)('%s names the keys that can meet it', (code, over, text) => {
    const figures = own(code, [key('Free'), key('CI', over)]);
    expect(figures?.text).toContain(text);
    expect(figures?.text).not.toContain('Free');
    expect(figures?.isNow).toBe(false);
  });

  it('says which key meets a limit now', () => {
    const full = { limit: 2, used: 2 };
    const keys = [
      key('CI', { concurrency: full }),
      key('App', { concurrency: { limit: 9, used: 0 } }),
    ];
    expect(own('concurrency_exceeded', keys)).toEqual({
      text: 'Keys with a limit of open requests: CI, App. Used up now: CI.',
      isNow: true,
      resetsAt: null,
    });
    expect(own('rate_limit_exceeded', [key('CI', { requestsPerMinute: full })])?.isNow).toBe(true);
  });

  it('tells a quota of the organisation from one of a key, each by its period', () => {
    const keys = [
      key('CI', { quotas: [quota('daily_requests', '5', '5'), quota('total_amount', '1', '9')] }),
      key('App', { quotas: [quota('monthly_tokens', '9007199254740993', '9007199254740993')] }),
    ];
    expect(own('daily_quota_exceeded', keys)).toEqual({
      text: 'Requests so far: 12. The organisation has no limit. Keys with a quota for the day: CI. Used up now: CI.',
      isNow: true,
      resetsAt: DAY_ENDS_AT,
    });
    expect(own('monthly_quota_exceeded', keys)).toEqual({
      text: 'The organisation has used 12 of 100 requests. Keys with a quota for the month: App. Used up now: App.',
      isNow: true,
      resetsAt: MONTH_ENDS_AT,
    });
    expect(own('insufficient_quota', keys)).toMatchObject({
      text: expect.stringContaining('Keys with a quota in total: CI.'),
      isNow: false,
    });
  });

  it('names three keys, and how many more', () => {
    const keys = ['A', 'B', 'C', 'D', 'E'].map((name) => key(name, { allowedIps: ['::1'] }));
    expect(own('ip_not_allowed', keys)?.text).toContain('A, B, C and 2 more');
  });

  it('is of the moment: money spent, a suspension', () => {
    expect(own('insufficient_quota', [], { spendableNano: '0' })?.isNow).toBe(true);
    expect(own('tenant_suspended', [])).toMatchObject({ isNow: false });
    expect(own('tenant_suspended', [], { suspended: true })).toMatchObject({ isNow: true });
    expect(own('invalid_json', [])).toBeNull();
  });

  it('says it in Chinese too', () => {
    const chinese = ownFigures('model_not_allowed', limitsOf([key('CI')]), translator(zhCN));
    expect(chinese?.text).toBe('所有密钥都可使用任何模型。');
  });
});
