import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { csvLine } from '@/server/api/csv/cells';
import { usageExport } from '@/server/api/csv/usage';
import { type TenantId, uuidV7 } from '@/server/domain/ids';
import type { NamedRange } from '@/server/domain/usage-window';
import { listKeys } from '@/server/services/portal/list-keys';
import { readOverview } from '@/server/services/portal/read-overview';
import { readUsage, type UsageBy } from '@/server/services/portal/read-usage';
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
    expect(today).toEqual({ used: 7, limit: 10, spentNano: '0', resetsInMs: 1000 });
  });

  it('says what was spent today and this month, by UTC', async () => {
    await portal.charge(tenantId, { amount: '3' });
    await portal.charge(tenantId, { amount: '4', atMs: Date.UTC(2026, 10, 1) });
    await portal.charge(tenantId, { amount: '9', atMs: Date.UTC(2026, 9, 31, 23, 59, 59) });
    const { today, month } = await readOverview({ ctx: portal.contextOf(tenantId) });
    expect([today.spentNano, month.spentNano]).toEqual(['3', '7']);
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
  const read = (range: NamedRange, by: UsageBy) =>
    readUsage({ ctx: portal.contextOf(tenantId), input: { range, by } });

  it('sums the committed charges of the last 30 UTC days exactly, beside the 30 before', async () => {
    await portal.charge(tenantId, { amount: '9000000000000000', atMs: NOW_MS });
    await portal.charge(tenantId, { amount: '8999999999999999', atMs: NOW_MS });
    await portal.charge(tenantId, { amount: '5', atMs: NOW_MS - 29 * DAY_MS });
    await portal.charge(tenantId, { amount: '100', atMs: NOW_MS - 30 * DAY_MS });
    await portal.charge(tenantId, { amount: '7', atMs: NOW_MS - 60 * DAY_MS });
    await portal.charge(tenantId, { amount: '0', status: 'VOIDED' });
    await portal.charge(tenantId, { amount: '0', status: 'PENDING' });
    const report = await read('30d', 'day');
    expect([report.by, report.slots.length]).toEqual(['day', 30]);
    expect([report.slots[0], report.slots.at(-1)]).toEqual(['2026-10-25', '2026-11-23']);
    expect(report.rows.at(-1)?.now).toEqual({
      requests: 2,
      failed: 1,
      inputTokens: 20,
      outputTokens: 40,
      cachedTokens: 0,
      reasoningTokens: 0,
      spendNano: '17999999999999999',
      latencyMs: null,
      firstByteMs: null,
    });
    expect(report.now).toMatchObject({ requests: 3, spendNano: '18000000000000004' });
    expect(report.before).toMatchObject({ requests: 1, spendNano: '100' });
    expect(report.beforeEnds).toEqual({ first: '2026-09-25', last: '2026-10-24' });
    expect(report.seriesBefore.spendNano.at(-1)).toBe('100');
  });

  it('counts a trace that ran again on the day that it ran', async () => {
    const oldId = uuidV7(NOW_MS - 33 * DAY_MS);
    await portal.charge(tenantId, { id: oldId, amount: '8', attempt: 2 });
    const { rows } = await read('30d', 'day');
    expect(rows).toMatchObject([{ id: '2026-11-23', now: { requests: 1, spendNano: '8' } }]);
  });

  it('tells apart by model and by key, the largest first, and means what was timed', async () => {
    const [one, two] = [
      await portal.newKey(tenantId, { name: 'one' }),
      await portal.newKey(tenantId, { name: 'two' }),
    ];
    const timed = { duration_ms: 900, first_byte_ms: 100 };
    await portal.charge(tenantId, { api_key_id: one, amount: '10', ...timed });
    await portal.charge(tenantId, { api_key_id: two, amount: '30', model: 'sim-x' });
    await portal.charge(tenantId, { api_key_id: two, amount: '5', ...timed, duration_ms: 300 });
    await portal.charge(tenantId, { api_key_id: one, amount: '4', atMs: NOW_MS - 40 * DAY_MS });
    const byModel = await read('30d', 'model');
    expect(byModel.rows.map(({ id, now }) => [id, now.spendNano, now.latencyMs])).toEqual([
      ['sim-x', '30', null],
      ['sim-fast', '15', 600],
    ]);
    expect(byModel.layers.map(({ id, series }) => [id, series.spendNano.at(-1)])).toEqual([
      ['sim-x', '30'],
      ['sim-fast', '15'],
    ]);
    const byKey = await read('30d', 'key');
    expect(
      byKey.rows.map(({ name, now, before }) => [name, now.spendNano, before.spendNano]),
    ).toEqual([
      ['two', '35', '0'],
      ['one', '10', '4'],
    ]);
    expect(byKey.now.firstByteMs).toBe(100);
  });

  it('keeps six layers and puts all others into one, so that they add up to the whole', async () => {
    for (let n = 1; n <= 8; n += 1) {
      await portal.charge(tenantId, { model: `m${n}`, amount: String(n) });
    }
    const { layers, rows } = await read('7d', 'model');
    expect(layers.map(({ id }) => id)).toEqual(['m8', 'm7', 'm6', 'm5', 'm4', 'm3', null]);
    expect(layers.at(-1)?.series.spendNano.at(-1)).toBe('3');
    expect(rows).toHaveLength(8);
  });

  it('is by the hour over a day that begins yesterday, and over a week', async () => {
    const at = (day: number, hour: number) => Date.UTC(2026, 10, day, hour, 59, 59);
    await portal.charge(tenantId, { atMs: at(22, 13) });
    await portal.charge(tenantId, { atMs: at(22, 12) });
    await portal.charge(tenantId, { atMs: NOW_MS });
    const day = await read('24h', 'hour');
    expect(day.slots).toHaveLength(24);
    expect(day.rows.map(({ id }) => id)).toEqual(['2026-11-22T13', '2026-11-23T12']);
    expect(day.before.requests).toBe(1);
    const week = await read('7d', 'hour');
    expect([week.unit, week.slots.length, week.now.requests]).toEqual(['hour', 168, 3]);
  });

  it('what a CSV says comes to what the page says, by names and to the nano', async () => {
    const key = await portal.newKey(tenantId, { name: 'csv' });
    await portal.charge(tenantId, { api_key_id: key, amount: '1000000001' });
    await portal.charge(tenantId, { api_key_id: key, amount: '2', atMs: NOW_MS - 26 * DAY_MS });
    await portal.charge(tenantId, { api_key_id: key, status: 'VOIDED', amount: '0' });
    const ctx = portal.contextOf(tenantId);
    const lines: string[] = [];
    for await (const batch of usageExport.rows(ctx, { range: '30d', by: 'day' })) {
      for (const line of batch) lines.push(csvLine(usageExport.cellsOf(line)).trim());
    }
    expect(lines).toEqual([
      `2026-10-28,sim-fast,${key},csv,1,0,10,0,20,0,0.000000002`,
      `2026-11-23,sim-fast,${key},csv,1,1,10,0,20,0,1.000000001`,
    ]);
  });

  it('refuses a range that is none', async () => {
    const caller = portal.callerOf(tenantId);
    for (const range of ['', '1y', '2026-02-30..2026-03-01', '2026-03-02..2026-03-01']) {
      await expect(caller.usage({ range, by: 'day' })).rejects.toMatchObject({
        code: 'BAD_REQUEST',
      });
    }
  });
});
