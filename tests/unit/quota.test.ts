import { describe, expect, it } from 'vitest';
import { trustedDay, trustedMonth } from '@/server/domain/period';
import { KEY_QUOTA_TYPES, periodOf, refuseKeyQuota } from '@/server/domain/quota';

const DAY = trustedDay('2026-03-31');
const MONTH = trustedMonth('2026-03');

describe('a key quota', () => {
  it('stands in the day, the month, or for good', () => {
    const periods = KEY_QUOTA_TYPES.map((type) => [type, periodOf(type, DAY, MONTH)]);
    expect(Object.fromEntries(periods)).toEqual({
      ...{ daily_requests: DAY, daily_tokens: DAY, daily_amount: DAY },
      ...{ monthly_requests: MONTH, monthly_tokens: MONTH, monthly_amount: MONTH },
      ...{ total_requests: '', total_tokens: '', total_amount: '' },
    });
  });

  it('that is used up says until when; a total is used up for good', () => {
    const at = Date.UTC(2026, 2, 31, 23, 0, 0);
    expect(refuseKeyQuota('daily_tokens', at)).toEqual({
      ...{ code: 'daily_quota_exceeded', scope: 'key', retryAfterMs: 3_600_000 },
      quotaType: 'daily_tokens',
    });
    expect(refuseKeyQuota('monthly_amount', at)).toEqual({
      ...{ code: 'monthly_quota_exceeded', scope: 'key', retryAfterMs: 3_600_000 },
      quotaType: 'monthly_amount',
    });
    expect(refuseKeyQuota('total_requests', at)).toEqual({
      ...{ code: 'insufficient_quota', scope: 'key', quotaType: 'total_requests' },
    });
  });
});
