import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiContext } from '@/server/api/context';
import { portalRouter } from '@/server/api/portal-router';
import { type TenantId, trustedTenantId, uuidV7 } from '@/server/domain/ids';
import { ROLES, type Role } from '@/server/domain/ports/sign-in';
import { createKey, createKeyInput } from '@/server/services/keys/create';
import type { PortalContext } from '@/server/services/portal/context';
import { listKeys } from '@/server/services/portal/list-keys';
import { readOverview } from '@/server/services/portal/read-overview';
import { readUsage } from '@/server/services/portal/read-usage';
import { type AdminHarness, startAdmin } from '../helpers/admin-harness';

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 10, 23, 12);

let admin: AdminHarness;
let mine: TenantId;
let theirs: TenantId;
let myKeyId: string;

/** What a row of the ledger is unless a test says otherwise. */
async function charge(tenantId: TenantId, fields: Readonly<Record<string, unknown>> = {}) {
  const { atMs = NOW_MS, ...rest } = fields;
  const createdAt = new Date(Number(atMs));
  const id = uuidV7(createdAt.getTime());
  const day = createdAt.toISOString().slice(0, 10);
  const row = {
    id,
    tenant_id: tenantId,
    trace_id: id,
    kind: 'charge',
    status: 'COMMITTED',
    model: 'sim-fast',
    input_tokens: 10,
    output_tokens: 20,
    amount: '1000',
    day,
    month: day.slice(0, 7),
    created_at: createdAt,
    ...rest,
  };
  await admin.sql`insert into billing_transaction ${admin.sql(row)}`;
  return id;
}

const contextOf = (tenantId: TenantId, nowMs = NOW_MS): PortalContext => ({
  portal: admin.container.portal,
  tenantId,
  nowMs,
});

function callerOf(tenantId: TenantId | null, role: Role = 'viewer') {
  const ctx: ApiContext = {
    container: admin.container,
    actor: tenantId === null ? null : admin.accountOf(tenantId, role),
    address: null,
    requestId: 'r',
  };
  return portalRouter.createCaller(ctx);
}

async function newTenant(): Promise<TenantId> {
  return trustedTenantId((await admin.newTenant({ balance: '10000000' })).id);
}

async function newKey(tenantId: TenantId, fields: object = {}): Promise<string> {
  const ctx = admin.serviceContext({ kind: 'operator' });
  const input = createKeyInput.parse({ tenantId, name: 'k', ...fields });
  return (await createKey({ ctx, input })).id;
}

beforeAll(async () => {
  admin = await startAdmin();
  [mine, theirs] = [await newTenant(), await newTenant()];
  myKeyId = await newKey(mine, { name: 'My key' });
  await newKey(theirs, { name: 'Their key' });
  await charge(mine, { trace_id: 'shared-trace', api_key_id: myKeyId });
  await charge(theirs, { trace_id: 'shared-trace', amount: '777' });
  await charge(theirs, { trace_id: 'their-secret' });
});
afterAll(() => admin.close());

describe('who may read', () => {
  it('nobody who is not signed in, and not the operator in a tenant’s name', async () => {
    const operator = portalRouter.createCaller({
      container: admin.container,
      actor: { kind: 'operator' },
      address: null,
      requestId: 'r',
    });
    for (const caller of [callerOf(null), operator]) {
      for (const ask of [
        () => caller.overview(),
        () => caller.keys(),
        () => caller.transactions({}),
        () => caller.usage(),
      ]) {
        await expect(ask()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
      }
    }
  });

  it.each(ROLES)('a %s reads the tenant of the membership and nothing of another', async (role) => {
    const caller = callerOf(mine, role);
    const { items } = await caller.transactions({});
    expect(items.map((row) => row.traceId)).toContain('shared-trace');
    expect(items.map((row) => row.traceId)).not.toContain('their-secret');
    expect(items.find((row) => row.traceId === 'shared-trace')?.effectNano).toBe('-1000');
    expect((await caller.keys()).map((key) => key.name)).toEqual(['My key']);
    const everything = JSON.stringify([await caller.overview(), await caller.usage()]);
    expect(everything).not.toContain('their-secret');
    expect(everything).not.toContain('777');
  });

  it('another tenant’s row as a cursor tells nothing of it', async () => {
    const { items } = await callerOf(theirs).transactions({});
    const cursor = items[0]?.id ?? '';
    const page = await callerOf(mine).transactions({ cursor });
    expect(page.items.every((row) => row.traceId !== 'their-secret')).toBe(true);
  });

  it('a tenant named in the input is not listened to', async () => {
    const input = { tenantId: theirs, status: 'COMMITTED' as const };
    const { items } = await callerOf(mine).transactions(input);
    expect(items.map((row) => row.traceId)).not.toContain('their-secret');
  });

  it('no hash, owner, price or body hash leaves', async () => {
    const caller = callerOf(mine);
    const fields = new Set(
      [...(await caller.keys()), ...(await caller.transactions({})).items].flatMap(Object.keys),
    );
    for (const hidden of ['keyHash', 'owner', 'bodyHash', 'inputPrice', 'upstream', 'tenantId']) {
      expect(fields).not.toContain(hidden);
    }
  });
});

describe('the overview', () => {
  it('takes what is held off the balance', async () => {
    const tenantId = await newTenant();
    await charge(tenantId, { status: 'PENDING', hold: '2500', amount: '0' });
    await charge(tenantId, { status: 'VOIDED', hold: '9999', amount: '0' });
    expect(await readOverview({ ctx: contextOf(tenantId) })).toMatchObject({
      balanceNano: '10000000',
      heldNano: '2500',
      availableNano: '9997500',
      inFlight: 1,
      suspended: false,
    });
  });

  it('starts counting anew with the day and the month, by UTC', async () => {
    const tenantId = await newTenant();
    await admin.sql`
      update tenant_quota set daily_used = 7, daily_date = '2026-11-23', daily_limit = 10,
        monthly_used = 70, monthly_month = '2026-11' where tenant_id = ${tenantId}`;
    const lastMoment = Date.UTC(2026, 10, 23, 23, 59, 59);
    const used = async (nowMs: number) => {
      const { today, month } = await readOverview({ ctx: contextOf(tenantId, nowMs) });
      return [today.used, month.used];
    };
    expect(await used(lastMoment)).toEqual([7, 70]);
    expect(await used(lastMoment + 1000)).toEqual([0, 70]);
    expect(await used(Date.UTC(2026, 11, 1))).toEqual([0, 0]);
    const { today } = await readOverview({ ctx: contextOf(tenantId, lastMoment) });
    expect(today).toEqual({ used: 7, limit: 10, resetsInMs: 1000 });
  });
});

describe('transactions', () => {
  it('are paged by key: none twice, none left out, also while new ones arrive', async () => {
    const tenantId = await newTenant();
    const ids: string[] = [];
    for (let n = 0; n < 7; n += 1) ids.unshift(await charge(tenantId, { atMs: NOW_MS + n }));
    const caller = callerOf(tenantId);
    const first = await caller.transactions({ limit: 3, status: 'COMMITTED', traceId: '' });
    await charge(tenantId, { atMs: NOW_MS + 100 });
    const second = await caller.transactions({ limit: 3, cursor: first.nextCursor ?? '' });
    const third = await caller.transactions({ limit: 3, cursor: second.nextCursor ?? '' });
    const seen = [...first.items, ...second.items, ...third.items]
      .filter((row) => row.kind === 'charge')
      .map((row) => row.id);
    expect(seen).toEqual(ids);
    expect(third.nextCursor).toBeNull();
  });

  it('are searched by a beginning in which wildcards are letters', async () => {
    const tenantId = await newTenant();
    for (const trace_id of ['a_b', 'axb', 'a%b', 'a\\b']) await charge(tenantId, { trace_id });
    const found = async (traceId: string) =>
      (await callerOf(tenantId).transactions({ traceId })).items.map((row) => row.traceId);
    expect(await found('a_')).toEqual(['a_b']);
    expect(await found('a%')).toEqual(['a%b']);
    expect(await found('a\\')).toEqual(['a\\b']);
    expect((await found('a')).length).toBe(4);
    expect(await found('b')).toEqual([]);
  });

  it('refuse a page without end and a cursor that is no id', async () => {
    const caller = callerOf(mine);
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
    const tenantId = await newTenant();
    const used = await newKey(tenantId, { name: 'used' });
    const unused = await newKey(tenantId, { name: 'unused' });
    await charge(tenantId, { api_key_id: used, atMs: NOW_MS - 5000 });
    await charge(tenantId, { api_key_id: used, atMs: NOW_MS - 1000, status: 'VOIDED' });
    const keys = await listKeys({ ctx: contextOf(tenantId) });
    const lastUsed = new Map(keys.map((key) => [key.id, key.lastUsedAt]));
    expect(lastUsed.get(used)).toBe(new Date(NOW_MS - 1000).toISOString());
    expect(lastUsed.get(unused)).toBeNull();
  });

  it('are told to be expired, and quotas of a past period to be unused', async () => {
    const tenantId = await newTenant();
    const expiresAt = new Date(Date.now() + DAY_MS).toISOString();
    const keyId = await newKey(tenantId, {
      expiresAt,
      quotas: [{ quotaType: 'daily_requests', limit: 5 }],
    });
    await admin.sql`
      update api_key_quota set used = 4, period = '2026-11-23' where api_key_id = ${keyId}`;
    const [today] = await listKeys({ ctx: contextOf(tenantId) });
    expect(today).toMatchObject({
      status: 'active',
      quotas: [{ type: 'daily_requests', limit: '5', used: '4' }],
    });
    const later = Date.parse(expiresAt) + 30 * DAY_MS;
    const [afterwards] = await listKeys({ ctx: contextOf(tenantId, later) });
    expect(afterwards).toMatchObject({ status: 'expired', quotas: [{ used: '0' }] });
  });
});

describe('usage', () => {
  it('sums the committed charges of the last 30 UTC days exactly', async () => {
    const tenantId = await newTenant();
    await charge(tenantId, { amount: '9000000000000000', atMs: NOW_MS });
    await charge(tenantId, { amount: '8999999999999999', atMs: NOW_MS });
    await charge(tenantId, { amount: '5', atMs: NOW_MS - 29 * DAY_MS });
    await charge(tenantId, { amount: '100', atMs: NOW_MS - 30 * DAY_MS });
    await charge(tenantId, { amount: '0', status: 'VOIDED' });
    await charge(tenantId, { amount: '0', status: 'PENDING' });
    const { days } = await readUsage({ ctx: contextOf(tenantId) });
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
    const tenantId = await newTenant();
    const oldId = uuidV7(NOW_MS - 33 * DAY_MS);
    await charge(tenantId, { id: oldId, amount: '8', attempt: 2 });
    const { days } = await readUsage({ ctx: contextOf(tenantId) });
    expect(days.at(-1)).toMatchObject({ requests: 1, spendNano: '8' });
  });
});
