import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TenantId, uuidV7 } from '@/server/domain/ids';
import { listKeys } from '@/server/services/portal/list-keys';
import { readOverview } from '@/server/services/portal/read-overview';
import { readUsage } from '@/server/services/portal/read-usage';
import { DAY_MS, NOW_MS, type PortalHarness, startPortal } from '../helpers/portal-harness';

let portal: PortalHarness;
let tenantId: TenantId;
beforeAll(async () => {
  portal = await startPortal();
});
beforeEach(async () => {
  tenantId = await portal.newTenant();
});
afterAll(() => portal.close());

describe('the overview', () => {
  it('takes what is held off the balance', async () => {
    await portal.charge(tenantId, { status: 'PENDING', hold: '2500', amount: '0' });
    await portal.charge(tenantId, { status: 'VOIDED', hold: '9999', amount: '0' });
    expect(await readOverview({ ctx: portal.contextOf(tenantId) })).toMatchObject({
      balanceNano: '10000000',
      heldNano: '2500',
      availableNano: '9997500',
      inFlight: 1,
      suspended: false,
    });
  });

  it('starts counting anew with the day and the month, by UTC', async () => {
    await portal.sql`
      update tenant_quota set daily_used = 7, daily_date = '2026-11-23', daily_limit = 10,
        monthly_used = 70, monthly_month = '2026-11' where tenant_id = ${tenantId}`;
    const lastMoment = Date.UTC(2026, 10, 23, 23, 59, 59);
    const used = async (nowMs: number) => {
      const { today, month } = await readOverview({ ctx: portal.contextOf(tenantId, nowMs) });
      return [today.used, month.used];
    };
    expect(await used(lastMoment)).toEqual([7, 70]);
    expect(await used(lastMoment + 1000)).toEqual([0, 70]);
    expect(await used(Date.UTC(2026, 11, 1))).toEqual([0, 0]);
    const { today } = await readOverview({ ctx: portal.contextOf(tenantId, lastMoment) });
    expect(today).toEqual({ used: 7, limit: 10, resetsInMs: 1000 });
  });
});

describe('transactions', () => {
  it('are paged by key: none twice, none left out, also while new ones arrive', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 7; n += 1) ids.unshift(await portal.charge(tenantId, { atMs: NOW_MS + n }));
    const caller = portal.callerOf(tenantId);
    const first = await caller.transactions({ limit: 3, status: 'COMMITTED', traceId: '' });
    await portal.charge(tenantId, { atMs: NOW_MS + 100 });
    const second = await caller.transactions({ limit: 3, cursor: first.nextCursor ?? '' });
    const third = await caller.transactions({ limit: 3, cursor: second.nextCursor ?? '' });
    const seen = [...first.items, ...second.items, ...third.items]
      .filter((row) => row.kind === 'charge')
      .map((row) => row.id);
    expect(seen).toEqual(ids);
    expect(third.nextCursor).toBeNull();
  });

  it('are searched by a beginning in which wildcards are letters', async () => {
    for (const trace_id of ['a_b', 'axb', 'a%b', 'a\\b'])
      await portal.charge(tenantId, { trace_id });
    const found = async (traceId: string) =>
      (await portal.callerOf(tenantId).transactions({ traceId })).items.map((row) => row.traceId);
    expect(await found('a_')).toEqual(['a_b']);
    expect(await found('a%')).toEqual(['a%b']);
    expect(await found('a\\')).toEqual(['a\\b']);
    expect((await found('a')).length).toBe(4);
    expect(await found('b')).toEqual([]);
  });

  it('refuse a page without end and a cursor that is no id', async () => {
    const caller = portal.callerOf(tenantId);
    await expect(caller.transactions({ limit: 101 })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    });
    await expect(caller.transactions({ cursor: "' or 1=1" })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    });
  });
});

describe('keys', () => {
  it('show when they were last used, by this very key', async () => {
    const used = await portal.newKey(tenantId, { name: 'used' });
    const unused = await portal.newKey(tenantId, { name: 'unused' });
    await portal.charge(tenantId, { api_key_id: used, atMs: NOW_MS - 5000 });
    await portal.charge(tenantId, { api_key_id: used, atMs: NOW_MS - 1000, status: 'VOIDED' });
    const { items: keys } = await listKeys({ ctx: portal.contextOf(tenantId) });
    const lastUsed = new Map(keys.map((key) => [key.id, key.lastUsedAt]));
    expect(lastUsed.get(used)).toBe(new Date(NOW_MS - 1000).toISOString());
    expect(lastUsed.get(unused)).toBeNull();
  });

  it('are told to be expired, and quotas of a past period to be unused', async () => {
    const expiresAt = new Date(Date.now() + DAY_MS).toISOString();
    const keyId = await portal.newKey(tenantId, {
      expiresAt,
      quotas: [{ quotaType: 'daily_requests', limit: 5 }],
    });
    await portal.sql`
      update api_key_quota set used = 4, period = '2026-11-23' where api_key_id = ${keyId}`;
    const {
      items: [today],
    } = await listKeys({ ctx: portal.contextOf(tenantId) });
    expect(today).toMatchObject({
      status: 'active',
      quotas: [{ type: 'daily_requests', limit: '5', used: '4' }],
    });
    const later = Date.parse(expiresAt) + 30 * DAY_MS;
    const {
      items: [afterwards],
    } = await listKeys({ ctx: portal.contextOf(tenantId, later) });
    expect(afterwards).toMatchObject({ status: 'expired', quotas: [{ used: '0' }] });
  });
});

describe('usage', () => {
  it('sums the committed charges of the last 30 UTC days exactly', async () => {
    await portal.charge(tenantId, { amount: '9000000000000000', atMs: NOW_MS });
    await portal.charge(tenantId, { amount: '8999999999999999', atMs: NOW_MS });
    await portal.charge(tenantId, { amount: '5', atMs: NOW_MS - 29 * DAY_MS });
    await portal.charge(tenantId, { amount: '100', atMs: NOW_MS - 30 * DAY_MS });
    await portal.charge(tenantId, { amount: '0', status: 'VOIDED' });
    await portal.charge(tenantId, { amount: '0', status: 'PENDING' });
    const { days } = await readUsage({ ctx: portal.contextOf(tenantId) });
    expect(days).toHaveLength(30);
    expect(days.at(-1)).toEqual({
      day: '2026-11-23',
      requests: 2,
      inputTokens: 20,
      outputTokens: 40,
      spendNano: '17999999999999999',
    });
    expect(days[0]).toMatchObject({ day: '2026-10-25', requests: 1, spendNano: '5' });
    expect(days.reduce((sum, day) => sum + day.requests, 0)).toBe(3);
  });

  it('counts a trace that ran again on the day that it ran', async () => {
    const oldId = uuidV7(NOW_MS - 33 * DAY_MS);
    await portal.charge(tenantId, { id: oldId, amount: '8', attempt: 2 });
    const { days } = await readUsage({ ctx: portal.contextOf(tenantId) });
    expect(days.at(-1)).toMatchObject({ requests: 1, spendNano: '8' });
  });
});
