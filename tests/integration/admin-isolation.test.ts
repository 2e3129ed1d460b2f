import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isTallygateError, type TallygateError } from '@/server/domain/errors';
import { type TenantId, trustedTenantId } from '@/server/domain/ids';
import { runAudit } from '@/server/services/audit/run';
import type { ServiceContext } from '@/server/services/context';
import { createCredit, createCreditInput } from '@/server/services/credits/create';
import { createKey, createKeyInput } from '@/server/services/keys/create';
import { revokeKey } from '@/server/services/keys/revoke';
import { deleteModel } from '@/server/services/models/delete';
import { listModels } from '@/server/services/models/list';
import { putModel, putModelInput } from '@/server/services/models/put';
import { runReconcile } from '@/server/services/reconcile/run';
import { createTenant } from '@/server/services/tenants/create';
import { getTenant } from '@/server/services/tenants/get';
import { updateTenant } from '@/server/services/tenants/update';
import { getTransaction } from '@/server/services/transactions/get';
import { listTransactions, listTransactionsInput } from '@/server/services/transactions/list';
import { refundTransaction } from '@/server/services/transactions/refund';
import { deleteUpstream } from '@/server/services/upstreams/delete';
import { listUpstreams } from '@/server/services/upstreams/list';
import { putUpstream } from '@/server/services/upstreams/put';
import { type AdminHarness, startAdmin } from '../helpers/admin-harness';

const UNKNOWN = '0190a000-0000-7000-8000-000000000000';

let admin: AdminHarness;
let mine: TenantId;
let other: TenantId;
let otherKeyId: string;

beforeAll(async () => {
  admin = await startAdmin();
  await admin.signUp();
  mine = trustedTenantId((await admin.newTenant({ balance: '10' })).id);
  other = trustedTenantId((await admin.newTenant({ balance: '10' })).id);
  const ctx = admin.serviceContext({ kind: 'operator' });
  otherKeyId = (await createKey({ ctx, input: keyInput(other) })).id;
});
afterAll(() => admin.close());

const keyInput = (tenantId: string) => createKeyInput.parse({ tenantId, name: 'k' });
const listInput = (tenantId: string) => listTransactionsInput.parse({ tenantId });

async function refusal(promise: Promise<unknown>): Promise<TallygateError> {
  try {
    await promise;
  } catch (error) {
    if (isTallygateError(error)) return error;
    throw error;
  }
  throw new Error('It was let through.');
}

describe('an account of another tenant', () => {
  type Attempt = (ctx: ServiceContext, tenantId: string, keyId: string) => Promise<unknown>;
  const attempts: readonly [string, Attempt][] = [
    ['reads the tenant', (ctx, tenantId) => getTenant({ ctx, input: { tenantId } })],
    ['lists its ledger', (ctx, id) => listTransactions({ ctx, input: listInput(id) })],
    [
      'reads a transaction',
      (ctx, tenantId) =>
        getTransaction({ ctx, input: { tenantId, traceId: `opening-balance:${other}` } }),
    ],
    ['makes a key', (ctx, tenantId) => createKey({ ctx, input: keyInput(tenantId) })],
    ['revokes a key', (ctx, _, keyId) => revokeKey({ ctx, input: { keyId } })],
  ];

  it.each(attempts)('%s: the same 404 as for an id that does not exist', async (_, attempt) => {
    const ctx = admin.serviceContext(admin.accountOf(mine, 'owner'));
    const foreign = await refusal(attempt(ctx, other, otherKeyId));
    const unknown = await refusal(attempt(ctx, UNKNOWN, UNKNOWN));
    expect(foreign).toMatchObject({ code: 'not_found', status: 404 });
    expect([foreign.message, foreign.param]).toEqual([unknown.message, unknown.param]);
    const keys = await admin.sql`select status from api_key where tenant_id = ${other}`;
    expect(keys).toEqual([{ status: 'active' }]);
  });
});

describe('an account of the tenant', () => {
  it('reads its standing and ledger as a viewer, and makes and revokes keys as an admin', async () => {
    const viewer = admin.serviceContext(admin.accountOf(mine, 'viewer'));
    expect((await getTenant({ ctx: viewer, input: { tenantId: mine } })).balance).toBe('10');
    const page = await listTransactions({ ctx: viewer, input: listInput(mine) });
    expect(page.items).toHaveLength(1);
    const ctx = admin.serviceContext(admin.accountOf(mine, 'admin'));
    const { id } = await createKey({ ctx, input: keyInput(mine) });
    await revokeKey({ ctx, input: { keyId: id } });
    const log = await admin.sql`
      select distinct actor from audit_log where target = ${id}`;
    expect(log).toEqual([{ actor: 'account:0190a000-0000-7000-8000-00000000000a' }]);
  });

  it('may not make a key as a viewer', async () => {
    const ctx = admin.serviceContext(admin.accountOf(mine, 'viewer'));
    expect(await refusal(createKey({ ctx, input: keyInput(mine) }))).toMatchObject({
      code: 'forbidden',
    });
  });

  type Attempt = (ctx: ServiceContext) => Promise<unknown>;
  const operatorOnly: readonly [string, Attempt][] = [
    ['make a tenant', (ctx) => createTenant({ ctx, input: { name: 'x' } })],
    ['raise its own limit', (ctx) => updateTenant({ ctx, input: { tenantId: mine } })],
    [
      'credit itself',
      (ctx) =>
        createCredit({
          ctx,
          input: createCreditInput.parse({
            tenantId: mine,
            amount: '5',
            kind: 'topup',
            traceId: 'self',
          }),
        }),
    ],
    [
      'refund itself',
      (ctx) => refundTransaction({ ctx, input: { tenantId: mine, traceId: 'a-charge' } }),
    ],
    [
      'set a price',
      (ctx) =>
        putModel({
          ctx,
          input: putModelInput.parse({ modelId: 'm', inputPrice: '0', outputPrice: '0' }),
        }),
    ],
    ['delete a model', (ctx) => deleteModel({ ctx, input: { modelId: 'm' } })],
    ['list models as an operator does', (ctx) => listModels({ ctx })],
    [
      'choose an upstream',
      (ctx) => putUpstream({ ctx, input: { name: 'u', baseUrl: 'http://evil', models: {} } }),
    ],
    ['delete an upstream', (ctx) => deleteUpstream({ ctx, input: { name: 'u' } })],
    ['list upstreams', (ctx) => listUpstreams({ ctx })],
    ['audit everybody', (ctx) => runAudit({ ctx })],
    ['reconcile', (ctx) => runReconcile({ ctx })],
  ];

  it.each(operatorOnly)('may not %s, not even as its owner', async (_, attempt) => {
    const ctx = admin.serviceContext(admin.accountOf(mine, 'owner'));
    expect(await refusal(attempt(ctx))).toMatchObject({ code: 'forbidden', status: 403 });
  });
});
