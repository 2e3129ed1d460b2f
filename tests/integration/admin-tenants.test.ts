import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tenantView } from '@/server/services/tenants/view';
import { type AdminHarness, faultOf, startAdmin } from '../helpers/admin-harness';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.close());

const UNKNOWN = '0190a000-0000-7000-8000-000000000000';

/** What must never be read as an amount of money. */
const BAD_MONEY = [
  'NaN',
  'Infinity',
  '1e3',
  '0x10',
  '1.5',
  '',
  ' 1',
  '1 ',
  '+1',
  '1_000',
  '１',
  '9000000000000001',
  '99999999999999999999',
  5,
  1.5,
  true,
  null,
  {},
  ['1'],
];

describe('POST tenants', () => {
  it('makes a tenant with a balance that is a topup row of the ledger', async () => {
    const reply = await admin.rest('POST', 'tenants', {
      name: 'Acme',
      balance: '5000000000',
      creditLimit: '100',
      dailyLimit: 10,
      monthlyLimit: 0,
    });
    expect(reply.status).toBe(200);
    expect(reply.headers.get('cache-control')).toBe('no-store');
    const tenant = tenantView.parse(reply.body);
    expect(tenant).toMatchObject({
      name: 'Acme',
      status: 'active',
      balance: '5000000000',
      held: '0',
      available: '5000000100',
      creditLimit: '100',
      dailyLimit: 10,
      dailyUsed: 0,
      monthlyLimit: 0,
      monthlyUsed: 0,
    });
    const rows = await admin.sql`
      select kind, status, amount, balance_after from billing_transaction
      where tenant_id = ${tenant.id}`;
    expect(rows).toEqual([
      { kind: 'topup', status: 'COMMITTED', amount: 5000000000n, balance_after: 5000000000n },
    ]);
  });

  it('starts at zero and unlimited, with no ledger row, when only a name is given', async () => {
    const tenant = await admin.newTenant({ balance: '0', dailyLimit: null });
    expect(tenant).toMatchObject({ balance: '0', available: '0', dailyLimit: null });
    expect(tenant.monthlyLimit).toBeNull();
    const rows = await admin.sql`
      select 1 from billing_transaction where tenant_id = ${tenant.id}`;
    expect(rows).toHaveLength(0);
  });

  it.each([...BAD_MONEY, '-1'])('refuses %j as balance and as creditLimit', async (bad) => {
    for (const param of ['balance', 'creditLimit']) {
      const reply = await admin.rest('POST', 'tenants', { name: 'x', [param]: bad });
      expect(faultOf(reply)).toEqual({ status: 400, code: 'invalid_field', param });
    }
  });

  it.each([-1, 1.5, 2147483648, '10', true])('refuses %j as a limit', async (bad) => {
    for (const param of ['dailyLimit', 'monthlyLimit']) {
      const reply = await admin.rest('POST', 'tenants', { name: 'x', [param]: bad });
      expect(faultOf(reply)).toEqual({ status: 400, code: 'invalid_field', param });
    }
  });

  it.each([undefined, '', '   ', 'a'.repeat(201), 'nul\u0000', 7])(
    'refuses %j as a name',
    async (name) => {
      const reply = await admin.rest('POST', 'tenants', { name });
      expect(faultOf(reply)).toEqual({ status: 400, code: 'invalid_field', param: 'name' });
    },
  );

  it('refuses a field it does not know instead of ignoring it', async () => {
    const reply = await admin.rest('POST', 'tenants', { name: 'x', balanceNano: '5' });
    expect(faultOf(reply)).toMatchObject({ status: 400, param: 'balanceNano' });
  });
});

describe('GET tenants/{id}', () => {
  it('shows what is held, and counters of a past day and month as zero of the current', async () => {
    const tenant = await admin.newTenant({ balance: '1000', creditLimit: '50' });
    await admin.sql`
      insert into billing_transaction (id, tenant_id, trace_id, kind, status, hold, day, month)
      values (gen_random_uuid(), ${tenant.id}, 'held', 'charge', 'PENDING', 300, '2020-02-29',
        '2020-02')`;
    await admin.sql`
      update tenant_quota set daily_used = 7, daily_date = '2020-02-29', monthly_used = 9,
        monthly_month = '2020-02' where tenant_id = ${tenant.id}`;
    const reply = await admin.rest('GET', `tenants/${tenant.id}`);
    expect(reply.status).toBe(200);
    const today = new Date().toISOString();
    expect(tenantView.parse(reply.body)).toMatchObject({
      balance: '1000',
      held: '300',
      available: '750',
      dailyUsed: 0,
      dailyDate: today.slice(0, 10),
      monthlyUsed: 0,
      monthlyMonth: today.slice(0, 7),
    });
    await admin.sql`
      update tenant_quota set daily_date = ${today.slice(0, 10)},
        monthly_month = ${today.slice(0, 7)} where tenant_id = ${tenant.id}`;
    const now = tenantView.parse((await admin.rest('GET', `tenants/${tenant.id}`)).body);
    expect(now).toMatchObject({ dailyUsed: 7, monthlyUsed: 9 });
  });

  it.each([UNKNOWN, 'nonsense', '%00', 'a%2Fb'])(
    'answers 404 for the unknown id %s',
    async (id) => {
      expect(faultOf(await admin.rest('GET', `tenants/${id}`))).toMatchObject({
        status: 404,
        code: 'not_found',
      });
    },
  );
});

describe('PATCH tenants/{id}', () => {
  it('changes any subset, grows the version and hands the whole row to the quota store', async () => {
    const tenant = await admin.newTenant({ balance: '1000', dailyLimit: 5 });
    const before = admin.told.quotas.length;
    const reply = await admin.rest('PATCH', `tenants/${tenant.id}`, {
      creditLimit: '70',
      monthlyLimit: 9,
    });
    expect(reply.status).toBe(200);
    const after = tenantView.parse(reply.body);
    expect(after).toMatchObject({
      name: 'Acme',
      creditLimit: '70',
      dailyLimit: 5,
      monthlyLimit: 9,
      version: tenant.version + 1,
    });
    expect(admin.told.quotas.slice(before).map(({ quota }) => quota)).toEqual([
      expect.objectContaining({
        tenantId: tenant.id,
        balanceNano: 1000n,
        creditLimitNano: 70n,
        dailyLimit: 5,
        monthlyLimit: 9,
        version: after.version,
      }),
    ]);
    const lifted = await admin.rest('PATCH', `tenants/${tenant.id}`, { dailyLimit: null });
    expect(tenantView.parse(lifted.body).dailyLimit).toBeNull();
  });

  it('suspends and tells the key caches; a new name alone leaves the quota row alone', async () => {
    const tenant = await admin.newTenant();
    const keysBefore = admin.told.keys;
    const suspended = await admin.rest('PATCH', `tenants/${tenant.id}`, { status: 'suspended' });
    expect(tenantView.parse(suspended.body).status).toBe('suspended');
    expect(admin.told.keys).toBe(keysBefore + 1);
    const quotasBefore = admin.told.quotas.length;
    const renamed = await admin.rest('PATCH', `tenants/${tenant.id}`, { name: 'New' });
    expect(tenantView.parse(renamed.body)).toMatchObject({
      name: 'New',
      status: 'suspended',
      version: tenant.version,
    });
    expect(admin.told.quotas).toHaveLength(quotasBefore);
  });

  it('writes who changed what, before and after, with the change itself', async () => {
    const tenant = await admin.newTenant();
    await admin.rest('PATCH', `tenants/${tenant.id}`, { creditLimit: '5' });
    const rows = await admin.sql`
      select actor, action, before->>'creditLimit' as before, after->>'creditLimit' as after
      from audit_log where tenant_id = ${tenant.id} order by id`;
    expect(rows).toEqual([
      { actor: 'operator', action: 'tenant.create', before: null, after: '0' },
      { actor: 'operator', action: 'tenant.update', before: '0', after: '5' },
    ]);
  });

  it.each(['balance', 'id', 'version', 'dailyUsed', 'tenantId', '__proto__'])(
    'refuses to set %s, and changes nothing',
    async (field) => {
      const tenant = await admin.newTenant();
      const reply = await admin.send(
        new Request(admin.url(`tenants/${tenant.id}`), {
          method: 'PATCH',
          headers: {
            authorization: 'Bearer an-admin-token-for-tests',
            'content-type': 'application/json',
          },
          body: `{"name":"Hacked","${field}":"9"}`,
        }),
      );
      expect(faultOf(reply)).toEqual({ status: 400, code: 'invalid_field', param: field });
      const now = tenantView.parse((await admin.rest('GET', `tenants/${tenant.id}`)).body);
      expect(now).toEqual(tenant);
    },
  );

  it.each([{ status: 'closed' }, { creditLimit: '-1' }, { creditLimit: null }, { name: '' }])(
    'refuses %j',
    async (change) => {
      const tenant = await admin.newTenant();
      const reply = await admin.rest('PATCH', `tenants/${tenant.id}`, change);
      expect(faultOf(reply)).toMatchObject({ status: 400, param: Object.keys(change)[0] });
    },
  );

  it('answers 404 for an unknown tenant', async () => {
    const reply = await admin.rest('PATCH', `tenants/${UNKNOWN}`, { name: 'x' });
    expect(faultOf(reply)).toMatchObject({ status: 404, code: 'not_found' });
  });

  it('loses no change when fifty arrive at once', async () => {
    const tenant = await admin.newTenant();
    const replies = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        admin.rest('PATCH', `tenants/${tenant.id}`, { dailyLimit: index }),
      ),
    );
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
    const now = tenantView.parse((await admin.rest('GET', `tenants/${tenant.id}`)).body);
    expect(now.version).toBe(tenant.version + 50);
  });
});
