import { callTRPCProcedure } from '@trpc/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { designedError } from '@/server/api/errors';
import { appRouter } from '@/server/api/root';
import { uuidV7 } from '@/server/domain/ids';
import { ROLES, type Role } from '@/server/domain/ports/sign-in';
import { type People, startPeople, tokenOf } from '../helpers/people';

/** What another tenant has, or nobody has: put where an input names something. */
interface Ids {
  readonly keyId: string;
  readonly accountId: string;
  readonly invitationId: string;
  readonly sessionId: string;
  readonly deliveryId: string;
  readonly token: string;
  readonly traceId: string;
}

interface Row {
  /** Who may; for the rest it is forbidden. `anybody`: signed out too. */
  readonly may: readonly Role[] | 'anybody';
  readonly input?: (ids: Ids) => object;
  /** What comes back for ids that are another's, and the same for ids that are nobody's. */
  readonly foreign?: string;
}

const EVERY: readonly Role[] = ROLES;
const MAKERS: readonly Role[] = ['owner', 'admin', 'member'];
const MANAGERS: readonly Role[] = ['owner', 'admin'];
const password = 'a long enough password';

/** One row a procedure. A procedure without one fails below. */
const ROWS: Readonly<Record<string, Row>> = {
  'portal.overview': { may: EVERY },
  'portal.keys.list': { may: EVERY },
  'portal.keys.create': { may: MAKERS, input: () => ({ name: 'k' }) },
  'portal.keys.update': {
    may: MAKERS,
    input: ({ keyId }) => ({ keyId, name: 'x' }),
    foreign: 'not_found',
  },
  'portal.keys.setStatus': {
    may: MAKERS,
    input: ({ keyId }) => ({ keyId, status: 'disabled' }),
    foreign: 'not_found',
  },
  'portal.keys.rotate': {
    may: MAKERS,
    input: ({ keyId }) => ({ keyId, overlapHours: 0 }),
    foreign: 'not_found',
  },
  'portal.keys.endOverlap': {
    may: MAKERS,
    input: ({ keyId }) => ({ keyId }),
    foreign: 'not_found',
  },
  'portal.keys.revoke': { may: MAKERS, input: ({ keyId }) => ({ keyId }), foreign: 'not_found' },
  'portal.transactions': { may: EVERY, input: () => ({}) },
  'portal.receipt': {
    may: EVERY,
    input: ({ traceId }) => ({ traceId }),
    foreign: 'not_found',
  },
  'portal.usage': { may: EVERY, input: () => ({ range: '30d', by: 'key' }) },
  'portal.limits': { may: EVERY },
  'portal.models': { may: EVERY },
  'portal.budget.get': { may: EVERY },
  'portal.budget.set': {
    may: MANAGERS,
    input: () => ({ amount: '1000', thresholds: [50], mail: 'managers' }),
  },
  'portal.budget.remove': { may: MANAGERS },
  'portal.webhook.set': { may: MANAGERS, input: () => ({ url: 'https://example.com/hook' }) },
  'portal.webhook.rotateSecret': { may: MANAGERS },
  'portal.webhook.test': { may: MANAGERS },
  'portal.webhook.remove': { may: MANAGERS },
  'portal.deliveries.list': { may: EVERY, input: () => ({}) },
  'portal.deliveries.redeliver': {
    may: MANAGERS,
    input: ({ deliveryId }) => ({ deliveryId }),
    foreign: 'not_found',
  },
  'portal.activity': { may: MANAGERS, input: () => ({}) },
  'portal.members.list': { may: EVERY },
  'portal.members.setRole': {
    may: MANAGERS,
    input: ({ accountId }) => ({ accountId, role: 'viewer' }),
    foreign: 'not_found',
  },
  'portal.members.remove': {
    may: MANAGERS,
    input: ({ accountId }) => ({ accountId }),
    foreign: 'not_found',
  },
  'portal.invitations.create': {
    may: MANAGERS,
    input: () => ({ email: 'somebody@example.test', role: 'viewer' }),
  },
  'portal.invitations.revoke': {
    may: MANAGERS,
    input: ({ invitationId }) => ({ invitationId }),
    foreign: 'not_found',
  },
  'portal.tenant.rename': { may: MANAGERS, input: () => ({ name: 'Mine' }) },
  'portal.tenant.delete': {
    may: ['owner'],
    input: () => ({ typedName: 'Theirs' }),
    foreign: 'invalid_field',
  },
  'account.signUp': {
    may: 'anybody',
    input: () => ({ name: 'x', email: `${uuidV7()}@example.test`, password }),
  },
  'account.confirmEmail': {
    may: 'anybody',
    input: ({ token }) => ({ token, password }),
    foreign: 'not_found',
  },
  'account.requestReset': {
    may: 'anybody',
    input: () => ({ email: `${uuidV7()}@example.test` }),
  },
  'account.resetPassword': {
    may: 'anybody',
    input: ({ token }) => ({ token, password }),
    foreign: 'not_found',
  },
  'account.invitation': { may: 'anybody', input: () => ({ token: 'x' }), foreign: 'not_found' },
  'account.acceptInvitation': {
    may: 'anybody',
    input: () => ({ token: 'x' }),
    foreign: 'not_found',
  },
  'account.changePassword': {
    may: EVERY,
    input: () => ({ current: 'not it', next: password }),
    foreign: 'invalid_field',
  },
  'account.sessions': { may: EVERY },
  'account.endSession': {
    may: EVERY,
    input: ({ sessionId }) => ({ sessionId }),
    foreign: 'not_found',
  },
  'account.endOtherSessions': { may: EVERY },
};

const NOBODY: Ids = {
  keyId: uuidV7(),
  accountId: uuidV7(),
  invitationId: uuidV7(),
  sessionId: uuidV7(),
  deliveryId: uuidV7(),
  token: 'A'.repeat(43),
  traceId: 'nobody-has-it',
};

let people: People;
let theirs: Ids;
let theirTenantId: string;
const sessions = new Map<Role, { sessionId: string; tenantId: string }>();

beforeAll(async () => {
  people = await startPeople();
  const tenantId = (await people.newTenant({ name: 'Mine' })).id;
  for (const role of ROLES) {
    sessions.set(role, { tenantId, sessionId: (await people.join(tenantId, role)).sessionId });
  }
  theirTenantId = (await people.newTenant({ name: 'Theirs', balance: '4711' })).id;
  const owner = await people.join(theirTenantId, 'owner', 'Theirs');
  const email = 'guest@example.test';
  const { id } = await owner.caller.portal.invitations.create({ email, role: 'viewer' });
  const [letter] = people.lettersTo(email);
  const token = letter !== undefined && 'url' in letter ? tokenOf(letter.url) : '';
  const { id: keyId } = await owner.caller.portal.keys.create({ name: 'Theirs' });
  await owner.caller.portal.webhook.set({ url: 'https://example.com/theirs' });
  const { deliveryId } = await owner.caller.portal.webhook.test();
  await people.sql`update outbox set status = 'failed' where id = ${deliveryId}`;
  const [row] = await people.sql`
    select trace_id from billing_transaction where tenant_id = ${theirTenantId}`;
  const traceId = String(row?.trace_id);
  const { id: accountId, sessionId } = owner;
  theirs = { keyId, accountId, invitationId: id, sessionId, deliveryId, token, traceId };
});
afterAll(() => people.close());

const procedures = new Map<string, unknown>(Object.entries(appRouter._def.procedures));
const typeOf = (path: string) =>
  z
    .enum(['query', 'mutation'])
    .parse(Reflect.get(Object(Reflect.get(Object(procedures.get(path)), '_def')), 'type'));

/** Calls a procedure by its path; the code of the refusal, or `ok`. */
async function outcome(path: string, sessionId: string | null, ids: Ids, tenantId?: string) {
  try {
    await callTRPCProcedure({
      router: appRouter,
      path,
      type: typeOf(path),
      getRawInput: async () => ROWS[path]?.input?.(ids),
      ctx: await people.contextOf(sessionId, tenantId),
      signal: undefined,
      batchIndex: 0,
    });
    return { code: 'ok', message: '' };
  } catch (error) {
    const { code, message } = designedError(error, 'r');
    return { code, message };
  }
}

const tenantProcedures = Object.keys(appRouter._def.procedures).filter(
  (path) => !path.startsWith('admin.'),
);

describe('every procedure that a person can call', () => {
  it('has a row here, and every row is of a procedure', () => {
    expect(tenantProcedures.toSorted()).toEqual(Object.keys(ROWS).toSorted());
  });

  it.each(tenantProcedures)('%s: signed out', async (path) => {
    const { code } = await outcome(path, null, NOBODY);
    if (ROWS[path]?.may === 'anybody') expect(code).not.toBe('invalid_api_key');
    else expect(code).toBe('invalid_api_key');
  });

  it.each(tenantProcedures)('%s: each role as its row says', async (path) => {
    const row = ROWS[path];
    for (const [role, { sessionId, tenantId }] of sessions) {
      const isAllowed = row?.may === 'anybody' || row?.may.includes(role) === true;
      const { code } = await outcome(path, sessionId, NOBODY, tenantId);
      expect(`${role} ${code === 'forbidden'}`).toBe(`${role} ${!isAllowed}`);
    }
  });

  const foreign = tenantProcedures.filter((path) => ROWS[path]?.foreign !== undefined);
  it.each(foreign)('%s: another’s id is as one that nobody has', async (path) => {
    const owner = sessions.get('owner');
    const asked = (ids: Ids) => outcome(path, owner?.sessionId ?? null, ids, owner?.tenantId);
    const unknown = await asked(NOBODY);
    expect(unknown.code).toBe(ROWS[path]?.foreign);
    // Tokens are what lets in: one that is theirs, and right, is not another's to them.
    const ids = { ...theirs, token: NOBODY.token };
    expect(await asked(ids)).toEqual(unknown);
  });

  it('and a tenant that one does not belong to cannot be chosen', async () => {
    const owner = sessions.get('owner');
    const caller = await people.callerOf(owner?.sessionId ?? null, theirTenantId);
    expect(JSON.stringify(await caller.portal.overview())).not.toContain('4711');
    const { members } = await caller.portal.members.list();
    expect(members.map((member) => member.accountId)).not.toContain(theirs.accountId);
  });

  it('and nothing of the other tenant has changed', async () => {
    const [row] = await people.sql`
      select (select count(*) from membership m where m.tenant_id = t.id)::int as members,
        (select count(*) from invitation i where i.tenant_id = t.id)::int as invitations,
        (select count(*) from account_session s where s.id = ${theirs.sessionId})::int as sessions
      from tenant t where id = ${theirTenantId}`;
    expect(row).toEqual({ members: 1, invitations: 1, sessions: 1 });
  });
});
