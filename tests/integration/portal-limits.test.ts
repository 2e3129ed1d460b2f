import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TenantId } from '@/server/domain/ids';
import { readLimits } from '@/server/services/portal/read-limits';
import { type PortalHarness, startPortal } from '../helpers/portal-harness';

let portal: PortalHarness;
let tenantId: TenantId;
beforeAll(async () => {
  portal = await startPortal();
});
beforeEach(async () => {
  tenantId = await portal.newTenant();
});
afterAll(() => portal.close());

const read = (nowMs?: number) => readLimits({ ctx: portal.contextOf(tenantId, nowMs) });

describe('the limits', () => {
  it('leave to spend the balance and its credit, less what is held', async () => {
    await portal.sql`update tenant_quota set credit_limit = 500 where tenant_id = ${tenantId}`;
    await portal.charge(tenantId, { status: 'PENDING', hold: '2500', amount: '0' });
    expect(await read()).toMatchObject({
      balanceNano: '10000000',
      creditLimitNano: '500',
      heldNano: '2500',
      spendableNano: '9998000',
      inFlight: 1,
    });
  });

  it('start afresh with the UTC day and month, and say when', async () => {
    await portal.sql`
      update tenant_quota set daily_used = 7, daily_date = '2026-11-30', daily_limit = 10,
        monthly_used = 70, monthly_month = '2026-11' where tenant_id = ${tenantId}`;
    expect(await read(Date.UTC(2026, 10, 30, 23, 59))).toMatchObject({
      today: { used: 7, limit: 10 },
      month: { used: 70, limit: null },
      dayEndsAt: '2026-12-01T00:00:00.000Z',
      monthEndsAt: '2026-12-01T00:00:00.000Z',
    });
    expect(await read(Date.UTC(2026, 11, 1))).toMatchObject({
      today: { used: 0 },
      month: { used: 0 },
      dayEndsAt: '2026-12-02T00:00:00.000Z',
      monthEndsAt: '2027-01-01T00:00:00.000Z',
    });
  });

  it('of each key are its own, revoked keys left out, and none is another tenant’s', async () => {
    await portal.newKey(tenantId, {
      name: 'Held back',
      rpm: 60,
      concurrency: 2,
      quotas: [{ quotaType: 'daily_requests', limit: 5 }],
    });
    await portal.newKey(tenantId, { name: 'Free' });
    const gone = await portal.newKey(tenantId, { name: 'Gone' });
    await portal.sql`update api_key set status = 'revoked' where id = ${gone}`;
    await portal.newKey(await portal.newTenant(), { name: 'Theirs' });
    const { keys } = await read();
    expect(keys.map((key) => key.name)).toEqual(['Free', 'Held back']);
    expect(keys[0]).toMatchObject({
      requestsPerMinute: null,
      tokensPerMinute: null,
      concurrency: null,
      quotas: [],
    });
    expect(keys[1]).toMatchObject({
      requestsPerMinute: { limit: 60, used: 0 },
      concurrency: { limit: 2, used: 0 },
      quotas: [{ type: 'daily_requests', limit: '5', used: '0' }],
    });
  });

  it('are told without the rates where the quota store is out of reach', async () => {
    await portal.newKey(tenantId, { rpm: 60 });
    const standings = { standing: () => Promise.reject(new Error('away')) };
    const { keys } = await readLimits({ ctx: { ...portal.contextOf(tenantId), standings } });
    expect(keys[0]?.requestsPerMinute).toEqual({ limit: 60, used: null });
  });
});
