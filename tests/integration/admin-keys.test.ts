import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isWellFormedApiKey } from '@/server/security/api-key';
import { createdKeyView } from '@/server/services/keys/view';
import { tenantView } from '@/server/services/tenants/view';
import { type AdminHarness, faultOf, hashKey, startAdmin } from '../helpers/admin-harness';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.close());

const UNKNOWN = '0190a000-0000-7000-8000-000000000000';
const makeKey = (tenantId: string, fields: object = {}) =>
  admin.rest('POST', `tenants/${tenantId}/keys`, { name: 'CI', ...fields });

describe('POST tenants/{id}/keys', () => {
  it('shows the key once and stores only its keyed hash', async () => {
    const tenant = await admin.newTenant();
    const reply = await makeKey(tenant.id);
    expect(reply.status).toBe(200);
    const made = createdKeyView.parse(reply.body);
    expect(isWellFormedApiKey(made.key)).toBe(true);
    const rows = await admin.sql`select * from api_key where id = ${made.id}`;
    expect(rows).toMatchObject([
      { tenant_id: tenant.id, status: 'active', key_prefix: made.key.slice(0, 10), rpm: null },
    ]);
    expect(Buffer.from(rows[0]?.key_hash)).toEqual(hashKey(made.key));
    const secret = made.key.slice(10);
    expect(JSON.stringify(rows)).not.toContain(secret);
    const log = await admin.sql`select * from audit_log where target = ${made.id}`;
    expect(log).toHaveLength(1);
    expect(JSON.stringify(log)).not.toContain(secret);
  });

  it('keeps limits, allow lists and quotas as given', async () => {
    const tenant = await admin.newTenant();
    const made = createdKeyView.parse(
      (
        await makeKey(tenant.id, {
          expiresAt: '2031-01-31T10:00:00+02:00',
          allowedModels: ['sim-fast', 'openai/gpt-4o'],
          allowedIps: ['203.0.113.7', '10.0.0.0/8', '2001:db8::/32', '::1'],
          rpm: 60,
          tpm: 90_000,
          concurrency: 4,
          quotas: [
            { quotaType: 'daily_requests', limit: 10 },
            { quotaType: 'monthly_amount', limit: '9000000000000000' },
          ],
        })
      ).body,
    );
    expect(made).toMatchObject({
      expiresAt: '2031-01-31T08:00:00.000Z',
      allowedModels: ['sim-fast', 'openai/gpt-4o'],
      rpm: 60,
      tpm: 90_000,
      concurrency: 4,
      quotas: [
        { quotaType: 'daily_requests', limit: 10 },
        { quotaType: 'monthly_amount', limit: '9000000000000000' },
      ],
    });
    const quotas = await admin.sql`
      select quota_type, quota_limit, used from api_key_quota where api_key_id = ${made.id}
      order by quota_type`;
    expect(quotas).toEqual([
      { quota_type: 'daily_requests', quota_limit: 10n, used: 0n },
      { quota_type: 'monthly_amount', quota_limit: 9000000000000000n, used: 0n },
    ]);
  });

  it('grows the tenant’s version with a key quota and hands both rows on', async () => {
    const tenant = await admin.newTenant();
    const before = admin.told.quotas.length;
    await makeKey(tenant.id);
    expect(admin.told.quotas).toHaveLength(before);
    const reply = await makeKey(tenant.id, {
      quotas: [{ quotaType: 'total_tokens', limit: '500' }],
    });
    const { id } = createdKeyView.parse(reply.body);
    expect(admin.told.quotas.slice(before)).toEqual([
      {
        quota: expect.objectContaining({ tenantId: tenant.id, version: tenant.version + 1 }),
        keyQuotas: [
          {
            keyId: id,
            type: 'total_tokens',
            limit: 500n,
            used: 0n,
            period: '',
            version: expect.any(Number),
          },
        ],
      },
    ]);
    const after = tenantView.parse((await admin.rest('GET', `tenants/${tenant.id}`)).body);
    expect(after.version).toBe(tenant.version + 1);
  });

  it('takes null and absent alike as unlimited', async () => {
    const tenant = await admin.newTenant();
    const reply = await makeKey(tenant.id, {
      expiresAt: null,
      allowedModels: null,
      allowedIps: null,
      rpm: null,
      tpm: null,
      concurrency: null,
      quotas: null,
    });
    expect(createdKeyView.parse(reply.body)).toMatchObject({
      expiresAt: null,
      allowedModels: null,
      allowedIps: null,
      rpm: null,
      quotas: [],
    });
  });

  it.each([
    ['name', { name: '' }],
    ['name', { name: undefined }],
    ['expiresAt', { expiresAt: 'tomorrow' }],
    ['expiresAt', { expiresAt: 1893456000 }],
    ['allowedModels', { allowedModels: [] }],
    ['allowedModels', { allowedModels: 'sim-fast' }],
    ['allowedModels[0]', { allowedModels: ['nul\u0000'] }],
    ['allowedIps[1]', { allowedIps: ['10.0.0.1', '10.0.0.0/33'] }],
    ['allowedIps[0]', { allowedIps: ['10.0.0.256'] }],
    ['allowedIps[0]', { allowedIps: ['2001:db8::/129'] }],
    ['allowedIps[0]', { allowedIps: ['fe80::1%eth0'] }],
    ['allowedIps[0]', { allowedIps: ['10.0.0.0/8/8'] }],
    ['allowedIps[0]', { allowedIps: ['localhost'] }],
    ['rpm', { rpm: 0 }],
    ['rpm', { rpm: -1 }],
    ['rpm', { rpm: 1.5 }],
    ['rpm', { rpm: '60' }],
    ['tpm', { tpm: 2147483648 }],
    ['concurrency', { concurrency: 0 }],
    ['quotas[0].quotaType', { quotas: [{ quotaType: 'yearly_tokens', limit: 1 }] }],
    ['quotas[0].limit', { quotas: [{ quotaType: 'daily_tokens', limit: 0 }] }],
    ['quotas[0].limit', { quotas: [{ quotaType: 'daily_tokens', limit: -1 }] }],
    ['quotas[0].limit', { quotas: [{ quotaType: 'daily_tokens', limit: 1.5 }] }],
    ['quotas[0].limit', { quotas: [{ quotaType: 'daily_tokens', limit: '0x10' }] }],
    ['quotas[0].limit', { quotas: [{ quotaType: 'daily_amount', limit: '9000000000000001' }] }],
    ['quotas[0].limit', { quotas: [{ quotaType: 'daily_amount', limit: 'NaN' }] }],
    ['quotas[0].limit', { quotas: [{ quotaType: 'daily_amount' }] }],
    [
      'quotas',
      {
        quotas: [
          { quotaType: 'daily_tokens', limit: 1 },
          { quotaType: 'daily_tokens', limit: 2 },
        ],
      },
    ],
    ['quotas[0].used', { quotas: [{ quotaType: 'daily_tokens', limit: 1, used: 0 }] }],
    ['tenantId', { tenantId: UNKNOWN }],
    ['status', { status: 'active' }],
  ])('names %s as the fault of %j, and makes no key', async (param, fields) => {
    const tenant = await admin.newTenant();
    expect(faultOf(await makeKey(tenant.id, fields))).toEqual({
      status: 400,
      code: 'invalid_field',
      param,
    });
    const keys = await admin.sql`select 1 from api_key where tenant_id = ${tenant.id}`;
    expect(keys).toHaveLength(0);
  });

  it('answers 404 for an unknown tenant', async () => {
    expect(faultOf(await makeKey(UNKNOWN))).toMatchObject({ status: 404, code: 'not_found' });
  });
});

describe('DELETE keys/{id}', () => {
  it('revokes at once and for good, tells the caches, and may be repeated', async () => {
    const tenant = await admin.newTenant();
    const { id } = createdKeyView.parse((await makeKey(tenant.id)).body);
    const before = admin.told.keys;
    const reply = await admin.rest('DELETE', `keys/${id}`);
    expect([reply.status, reply.body]).toEqual([204, null]);
    expect(admin.told.keys).toBe(before + 1);
    const [first] = await admin.sql`select status, revoked_at from api_key where id = ${id}`;
    expect(first).toMatchObject({ status: 'revoked', revoked_at: expect.any(Date) });
    expect((await admin.rest('DELETE', `keys/${id}`)).status).toBe(204);
    const [again] = await admin.sql`select status, revoked_at from api_key where id = ${id}`;
    expect(again).toEqual(first);
    const log = await admin.sql`
      select action from audit_log where target = ${id} and action = 'key.revoke'`;
    expect(log).toHaveLength(1);
  });

  it.each([UNKNOWN, 'nonsense'])('answers 404 for the unknown key %s', async (id) => {
    expect(faultOf(await admin.rest('DELETE', `keys/${id}`))).toMatchObject({ status: 404 });
  });
});
