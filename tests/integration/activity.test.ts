import { callTRPCProcedure } from '@trpc/server';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { activityCsv } from '@/server/api/csv/activity';
import { answerCsv } from '@/server/api/csv/export';
import { appRouter } from '@/server/api/root';
import { operationId, trustedTransactionId, uuidV7 } from '@/server/domain/ids';
import { type People, startPeople } from '../helpers/people';

type Member = Awaited<ReturnType<People['join']>>;

let people: People;
let tenantId: string;
let owner: Member;

beforeAll(async () => {
  people = await startPeople();
});
beforeEach(async () => {
  tenantId = (await people.newTenant({ name: 'Acme', balance: '500000' })).id;
  owner = await people.join(tenantId, 'owner', 'Olga');
});
afterAll(() => people.close());

const newKey = async () => (await owner.caller.portal.keys.create({ name: 'k' })).id;
const rotatedKey = async () => {
  const keyId = await newKey();
  await owner.caller.portal.keys.rotate({ keyId, overlapHours: 24 });
  return keyId;
};
const invited = async () => {
  const email = `${uuidV7()}@example.test`;
  return (await owner.caller.portal.invitations.create({ email, role: 'viewer' })).id;
};
const upstream = { name: 'u', baseUrl: 'http://127.0.0.1:9', apiKey: 'k', models: { m: 'm' } };
const model = { modelId: 'm', inputPrice: '1', outputPrice: '1' };
const admin = () => appRouter.createCaller(operatorContext()).admin;
const operatorContext = () => ({
  container: people.container,
  actor: { kind: 'operator' } as const,
  address: '198.51.100.7',
  requestId: 'r',
  browser: { signedIn: null, language: 'en' as const, userAgent: 'curl/8.5' },
});
const hooked = async () => {
  await owner.caller.portal.webhook.set({ url: 'https://example.com/hook' });
  return undefined;
};
const failedDelivery = async () => {
  await hooked();
  const { deliveryId } = await owner.caller.portal.webhook.test();
  await people.sql`update outbox set status = 'failed' where id = ${deliveryId}`;
  return { deliveryId };
};
const budget = { amount: '1000', thresholds: [50], mail: 'managers' } as const;
const budgeted = async () => {
  await owner.caller.portal.budget.set({ ...budget, thresholds: [50] });
  return undefined;
};
const charged = async () => {
  const traceId = `charge-${uuidV7()}`;
  await people.sql`
    insert into billing_transaction (id, tenant_id, trace_id, kind, status, amount, day)
    values (${uuidV7()}, ${tenantId}, ${traceId}, 'charge', 'COMMITTED', 10, '2026-11-23')`;
  return { tenantId, traceId };
};
const quarantined = async () => {
  const id = uuidV7();
  await people.sql`
    insert into billing_quarantine (transaction_id, attempt, tenant_id, trace_id, settlement, reason)
    values (${id}, 1, ${tenantId}, 't', '{}', 'x')`;
  return { operationId: operationId(trustedTransactionId(id), 1) };
};

/** An input with which each mutation succeeds. One without a line here fails below. */
const INPUTS: Readonly<Record<string, () => object | undefined | Promise<object | undefined>>> = {
  'portal.keys.create': () => ({ name: 'k' }),
  'portal.keys.update': async () => ({ keyId: await newKey(), name: 'renamed' }),
  'portal.keys.setStatus': async () => ({ keyId: await newKey(), status: 'disabled' }),
  'portal.keys.rotate': async () => ({ keyId: await newKey(), overlapHours: 0 }),
  'portal.keys.endOverlap': async () => ({ keyId: await rotatedKey() }),
  'portal.keys.revoke': async () => ({ keyId: await newKey() }),
  'portal.members.setRole': async () => ({
    accountId: (await people.join(tenantId, 'viewer')).id,
    role: 'member',
  }),
  'portal.members.remove': async () => ({ accountId: (await people.join(tenantId, 'viewer')).id }),
  'portal.budget.set': () => budget,
  'portal.budget.remove': budgeted,
  'portal.webhook.set': () => ({ url: 'https://example.com/hook' }),
  'portal.webhook.rotateSecret': hooked,
  'portal.webhook.test': hooked,
  'portal.webhook.remove': hooked,
  'portal.deliveries.redeliver': failedDelivery,
  'portal.invitations.create': () => ({ email: `${uuidV7()}@example.test`, role: 'viewer' }),
  'portal.invitations.revoke': async () => ({ invitationId: await invited() }),
  'portal.tenant.rename': () => ({ name: 'Acme & Co' }),
  'portal.tenant.delete': () => ({ typedName: 'Acme' }),
  'admin.tenants.create': () => ({ name: 'Another' }),
  'admin.tenants.update': () => ({ tenantId, creditLimit: '5' }),
  'admin.invitations.create': () => ({
    ...{ tenantId, email: `${uuidV7()}@example.test` },
    role: 'viewer',
  }),
  'admin.accounts.giveLink': () => ({ email: owner.email, purpose: 'reset_password' }),
  'admin.credits.create': () => ({ tenantId, amount: '5', kind: 'topup', traceId: uuidV7() }),
  'admin.keys.create': () => ({ tenantId, name: 'k' }),
  'admin.keys.revoke': async () => ({ keyId: await newKey() }),
  'admin.transactions.refund': charged,
  'admin.models.put': () => model,
  'admin.models.delete': async () => {
    await admin().models.put(model);
    return { modelId: model.modelId };
  },
  'admin.upstreams.put': () => upstream,
  'admin.upstreams.delete': async () => {
    await admin().upstreams.put(upstream);
    return { name: upstream.name };
  },
  'admin.quarantine.retry': quarantined,
  'admin.quarantine.dismiss': quarantined,
  'admin.reconcile.run': () => undefined,
};
/** Changes of the platform, which are no tenant's to read. */
const OF_THE_PLATFORM = /^admin\.(accounts|models|upstreams|quarantine|reconcile)\./;

const procedures = new Map<string, unknown>(Object.entries(appRouter._def.procedures));
const typeOf = (path: string) =>
  z.string().parse(Reflect.get(Object(Reflect.get(Object(procedures.get(path)), '_def')), 'type'));
const mutations = [...procedures.keys()].filter(
  (path) => /^(portal|admin)\./.test(path) && typeOf(path) === 'mutation',
);

describe('every change that a tenant or the operator can make', () => {
  it('has a line here, and every line is of a procedure', () => {
    expect(mutations.toSorted()).toEqual(Object.keys(INPUTS).toSorted());
  });

  it.each(mutations)('%s leaves a row of who did it and from where', async (path) => {
    const input = await INPUTS[path]?.();
    const [{ last = '' } = {}] = await people.sql<{ last: string }[]>`
      select coalesce(max(id::text), '') as last from audit_log`;
    const isPortal = path.startsWith('portal.');
    const ctx = isPortal ? await people.contextOf(owner.sessionId, tenantId) : operatorContext();
    await callTRPCProcedure({
      router: appRouter,
      path,
      type: 'mutation',
      getRawInput: async () => input,
      ctx,
      signal: undefined,
      batchIndex: 0,
    });
    const rows = await people.sql`select * from audit_log where id::text > ${last}`;
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      actor: isPortal ? `account:${owner.id}` : 'operator',
      address: isPortal ? '203.0.113.9' : '198.51.100.7',
      user_agent: isPortal ? null : 'curl/8.5',
    });
    const isTheirs = isPortal || !OF_THE_PLATFORM.test(path);
    expect(rows[0]?.tenant_id === null).toBe(!isTheirs);
    if (isTheirs && path !== 'admin.tenants.create') expect(rows[0]?.tenant_id).toBe(tenantId);
  });
});

describe('the audit log of a tenant', () => {
  const ask = (member: Member, query = '') =>
    answerCsv(
      activityCsv,
      new Request(`http://portal.test/api/portal/activity.csv?${query}`),
      people.container,
      () => people.container.accounts.session(member.sessionId),
    );

  it('says who did what to what, newest first, and what changed', async () => {
    const keyId = await newKey();
    await owner.caller.portal.keys.update({ keyId, rpm: 60 });
    await admin().tenants.update({ tenantId, creditLimit: '7' });
    const { items } = await owner.caller.portal.activity({});
    expect(items.map(({ action }) => action)).toEqual([
      'tenant.update',
      'key.update',
      'key.create',
      'tenant.create',
    ]);
    expect(items[0]).toMatchObject({
      actor: { kind: 'operator' },
      address: '198.51.100.7',
      userAgent: 'curl/8.5',
      changes: expect.arrayContaining([{ field: 'creditLimit', before: '0', after: '7' }]),
    });
    expect(items[1]).toMatchObject({
      actor: { kind: 'account', id: owner.id, name: 'Olga', email: owner.email },
      target: keyId,
      changes: [{ field: 'rpm', before: null, after: '60' }],
    });
    expect(items[2]).toMatchObject({ targetName: 'k' });
    expect(JSON.stringify(items)).not.toMatch(/tg-[A-Za-z0-9]{20}/);
  });

  it('names the key or the member that was changed, also where the change has no name in it', async () => {
    const { keys, members } = owner.caller.portal;
    const { id: keyId } = await keys.create({ name: 'Nightly' });
    await keys.rotate({ keyId, overlapHours: 1 });
    await keys.update({ keyId, name: 'Weekly' });
    await keys.revoke({ keyId });
    const ada = await people.join(tenantId, 'viewer', 'Ada');
    await members.setRole({ accountId: ada.id, role: 'member' });
    const { items } = await owner.caller.portal.activity({ actor: owner.id });
    expect(items.map(({ action, targetName }) => [action, targetName])).toEqual([
      ['member.set_role', ada.email],
      ['key.revoke', 'Weekly'],
      ['key.update', 'Weekly'],
      ['key.rotate', 'Weekly'],
      ['key.create', 'Nightly'],
    ]);
  });

  it('is chosen by who, what and when, and walked without leaving one out', async () => {
    const other = await people.join(tenantId, 'admin', 'Ada');
    for (let n = 0; n < 4; n += 1) await owner.caller.portal.tenant.rename({ name: `Acme ${n}` });
    await other.caller.portal.keys.create({ name: 'hers' });
    const read = owner.caller.portal.activity;
    expect((await read({ actor: other.id })).items.map(({ action }) => action)).toEqual([
      'key.create',
    ]);
    expect((await read({ actor: 'operator' })).items).toHaveLength(1);
    expect((await read({ action: 'tenant.rename' })).items).toHaveLength(4);
    expect((await read({ to: '2020-01-01' })).items).toEqual([]);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof read>> = await read({
        limit: 2,
        ...(cursor === null ? {} : { cursor }),
      });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toHaveLength(6);
    expect(new Set(seen).size).toBe(6);
  });

  it('is for owners and admins, on the page and as a file, and of their tenant alone', async () => {
    for (const role of ['member', 'viewer'] as const) {
      const member = await people.join(tenantId, role);
      await expect(member.caller.portal.activity({})).rejects.toMatchObject({ code: 'FORBIDDEN' });
      expect((await ask(member)).status).toBe(403);
    }
    await owner.caller.portal.keys.create({ name: '=1+1' });
    const [head, ...lines] = (await (await ask(owner, 'action=key.create')).text())
      .trim()
      .split('\r\n');
    expect(head).toContain('time,actor,actor_name,actor_email,action');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`,key.create,`);
    expect(lines[0]).toContain(`,'=1+1,`);
    const elsewhere = (await people.newTenant({ name: 'Theirs' })).id;
    const stranger = await people.join(elsewhere, 'owner');
    const { items } = await stranger.caller.portal.activity({});
    expect(items.map(({ action, target }) => [action, target])).toEqual([
      ['tenant.create', elsewhere],
    ]);
  });
});
