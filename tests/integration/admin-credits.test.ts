import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tenantView } from '@/server/services/tenants/view';
import { transactionView } from '@/server/services/transactions/view';
import { type AdminHarness, faultOf, startAdmin } from '../helpers/admin-harness';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.close());

const UNKNOWN = '0190a000-0000-7000-8000-000000000000';
const MAX = '9000000000000000';

const credit = (tenantId: string, body: object) =>
  admin.rest('POST', `tenants/${tenantId}/credits`, body);
const balanceOf = async (tenantId: string) =>
  tenantView.parse((await admin.rest('GET', `tenants/${tenantId}`)).body).balance;

describe('POST tenants/{id}/credits', () => {
  it('moves the balance by one COMMITTED row and hands the new quota row on', async () => {
    const tenant = await admin.newTenant({ balance: '100' });
    const reply = await credit(tenant.id, {
      amount: '900',
      kind: 'topup',
      traceId: 'invoice-1',
      note: 'Invoice 1',
    });
    expect(reply.status).toBe(200);
    expect(transactionView.parse(reply.body)).toMatchObject({
      tenantId: tenant.id,
      traceId: 'invoice-1',
      kind: 'topup',
      status: 'COMMITTED',
      amount: '900',
      balanceAfter: '1000',
      note: 'Invoice 1',
    });
    expect(await balanceOf(tenant.id)).toBe('1000');
    expect(admin.told.quotas.at(-1)).toMatchObject({
      quota: { tenantId: tenant.id, balanceNano: 1000n, version: tenant.version + 1 },
      keyQuotas: [],
    });
  });

  it('takes an adjustment of either sign, and a refund', async () => {
    const tenant = await admin.newTenant();
    for (const [kind, amount, balance] of [
      ['adjustment', '-500', '-500'],
      ['adjustment', '200', '-300'],
      ['refund', '1000', '700'],
    ] as const) {
      const reply = await credit(tenant.id, { kind, amount, traceId: `${kind}${amount}` });
      expect(transactionView.parse(reply.body)).toMatchObject({ kind, balanceAfter: balance });
    }
    expect(await balanceOf(tenant.id)).toBe('700');
  });

  it('books twenty repeats at once exactly once, and gives all of them the same answer', async () => {
    const tenant = await admin.newTenant();
    const body = { amount: '250', kind: 'topup', traceId: 'once' };
    const replies = await Promise.all(Array.from({ length: 20 }, () => credit(tenant.id, body)));
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
    expect(new Set(replies.map((reply) => JSON.stringify(reply.body))).size).toBe(1);
    expect(await balanceOf(tenant.id)).toBe('250');
    const rows = await admin.sql`
      select 1 from billing_transaction where tenant_id = ${tenant.id}`;
    expect(rows).toHaveLength(1);
    const [log] = await admin.sql`
      select count(*)::int from audit_log
      where tenant_id = ${tenant.id} and action = 'credit.topup'`;
    expect(log).toEqual({ count: 1 });
  });

  it('gives the first answer again after the balance has moved on', async () => {
    const tenant = await admin.newTenant();
    const body = { amount: MAX, kind: 'topup', traceId: 'first' };
    const first = await credit(tenant.id, body);
    await credit(tenant.id, { amount: '-1', kind: 'adjustment', traceId: 'second' });
    expect((await credit(tenant.id, body)).body).toEqual(first.body);
    expect(await balanceOf(tenant.id)).toBe('8999999999999999');
  });

  it('refuses a trace id that was used for anything else, and moves nothing', async () => {
    const tenant = await admin.newTenant();
    await credit(tenant.id, { amount: '5', kind: 'topup', traceId: 'used' });
    await admin.sql`
      insert into billing_transaction (id, tenant_id, trace_id, kind, status)
      values (gen_random_uuid(), ${tenant.id}, 'a-charge', 'charge', 'VOIDED')`;
    for (const body of [
      { amount: '6', kind: 'topup', traceId: 'used' },
      { amount: '5', kind: 'refund', traceId: 'used' },
      { amount: '5', kind: 'topup', traceId: 'a-charge' },
    ]) {
      expect(faultOf(await credit(tenant.id, body))).toEqual({
        status: 409,
        code: 'conflict',
        param: 'traceId',
      });
    }
    expect(await balanceOf(tenant.id)).toBe('5');
  });

  it('keeps the trace ids of two tenants apart', async () => {
    const [one, two] = [await admin.newTenant(), await admin.newTenant()];
    await credit(one.id, { amount: '1', kind: 'topup', traceId: 'shared' });
    const reply = await credit(two.id, { amount: '2', kind: 'refund', traceId: 'shared' });
    expect(transactionView.parse(reply.body)).toMatchObject({ tenantId: two.id, amount: '2' });
  });

  it('adds up under a hundred different credits at once', async () => {
    const tenant = await admin.newTenant();
    await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        credit(tenant.id, { amount: String(index + 1), kind: 'topup', traceId: `c${index}` }),
      ),
    );
    expect(await balanceOf(tenant.id)).toBe('5050');
    const rows = await admin.sql`
      select max(balance_after) as highest, count(distinct balance_after)::int as steps
      from billing_transaction where tenant_id = ${tenant.id}`;
    expect(rows).toEqual([{ highest: 5050n, steps: 100 }]);
  });

  it('refuses what would take the balance beyond the bound, and leaves the trace id unused', async () => {
    const tenant = await admin.newTenant({ balance: MAX });
    const over = { amount: '1', kind: 'topup', traceId: 'over' };
    expect(faultOf(await credit(tenant.id, over))).toEqual({
      status: 400,
      code: 'invalid_field',
      param: 'amount',
    });
    await credit(tenant.id, { amount: '-1', kind: 'adjustment', traceId: 'room' });
    expect((await credit(tenant.id, over)).status).toBe(200);
    const low = await admin.newTenant();
    await credit(low.id, { amount: `-${MAX}`, kind: 'adjustment', traceId: 'low' });
    const under = await credit(low.id, { amount: '-1', kind: 'adjustment', traceId: 'under' });
    expect(faultOf(under)).toMatchObject({ status: 400, param: 'amount' });
  });

  it.each([
    'NaN',
    '1e3',
    '0x10',
    '1.5',
    '0',
    '-0',
    '-1',
    '',
    ' 5',
    '5\n',
    '9000000000000001',
    10,
    null,
    undefined,
  ])('refuses the amount %j as topup and refund', async (amount) => {
    const tenant = await admin.newTenant();
    for (const kind of ['topup', 'refund']) {
      expect(faultOf(await credit(tenant.id, { amount, kind, traceId: 't' }))).toEqual({
        status: 400,
        code: 'invalid_field',
        param: 'amount',
      });
    }
    expect(await balanceOf(tenant.id)).toBe('0');
  });

  it.each([
    ['amount', { amount: '0', kind: 'adjustment', traceId: 't' }],
    ['amount', { amount: '-9000000000000001', kind: 'adjustment', traceId: 't' }],
    ['kind', { amount: '1', kind: 'charge', traceId: 't' }],
    ['kind', { amount: '1', traceId: 't' }],
    ['traceId', { amount: '1', kind: 'topup' }],
    ['traceId', { amount: '1', kind: 'topup', traceId: 'a b' }],
    ['traceId', { amount: '1', kind: 'topup', traceId: 'a'.repeat(129) }],
    ['note', { amount: '1', kind: 'topup', traceId: 't', note: 'nul\u0000' }],
    ['tenantId', { amount: '1', kind: 'topup', traceId: 't', tenantId: UNKNOWN }],
    ['status', { amount: '1', kind: 'topup', traceId: 't', status: 'PENDING' }],
  ])('names %s as the fault of %j', async (param, body) => {
    const tenant = await admin.newTenant();
    expect(faultOf(await credit(tenant.id, body))).toMatchObject({ status: 400, param });
  });

  it('answers 404 for an unknown tenant', async () => {
    const reply = await credit(UNKNOWN, { amount: '1', kind: 'topup', traceId: 't' });
    expect(faultOf(reply)).toMatchObject({ status: 404, code: 'not_found' });
  });
});

describe('the version of a quota row', () => {
  it('grows with every update, hand-made SQL included', async () => {
    const tenant = await admin.newTenant();
    await admin.sql`
      update tenant_quota set credit_limit = 5, version = 1 where tenant_id = ${tenant.id}`;
    const rows = await admin.sql`
      select version from tenant_quota where tenant_id = ${tenant.id}`;
    expect(rows).toEqual([{ version: BigInt(tenant.version + 1) }]);
  });
});
