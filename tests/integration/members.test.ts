import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { closedPost } from '@/server/mail/outbox-post';
import { createKey, createKeyInput } from '@/server/services/keys/create';
import { type People, startPeople, tokenOf } from '../helpers/people';

let people: People;
let tenantId: string;
let owner: Awaited<ReturnType<People['join']>>;

beforeAll(async () => {
  people = await startPeople();
});
beforeEach(async () => {
  tenantId = (await people.newTenant({ name: 'Acme', balance: '500' })).id;
  owner = await people.join(tenantId, 'owner', 'Olga');
});
afterAll(() => people.close());

/** Invites and gives the token of the letter that went out. */
async function invite(email: string, role: 'owner' | 'admin' | 'member' | 'viewer' = 'member') {
  const { url } = await owner.caller.portal.invitations.create({ email, role });
  expect(url).toBeNull();
  const letter = people.lettersTo(email).at(-1);
  if (letter?.kind !== 'invitation') throw new Error('No invitation was sent.');
  return { token: tokenOf(letter.url), letter };
}

const rolesOf = async () =>
  Object.fromEntries(
    (await owner.caller.portal.members.list()).members.map(({ name, role }) => [name, role]),
  );
const account = { name: 'Grace', password: 'a long enough password' };

describe('an invitation', () => {
  it('names who invites to what, makes an account and a member, and is used up', async () => {
    const email = `grace-${tenantId.slice(-6)}@example.test`;
    const { token, letter } = await invite(email);
    expect(letter).toMatchObject({ tenantName: 'Acme', invitedBy: 'Olga', role: 'member' });
    const anybody = await people.callerOf(null);
    expect(await anybody.account.invitation({ token })).toMatchObject({ email, next: 'sign_up' });
    expect(await anybody.account.acceptInvitation({ token, account })).toEqual({ tenantId, email });
    expect(await rolesOf()).toEqual({ Olga: 'owner', Grace: 'member' });
    await expect(anybody.account.acceptInvitation({ token, account })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    const log = await people.sql`
      select action from audit_log where tenant_id = ${tenantId} order by id`;
    expect(log.map((row) => row.action)).toContain('invitation.accept');
  });

  it('is taken once, however many take it at the same time', async () => {
    const guest = await people.newAccount('Guest');
    const { token } = await invite(guest.email);
    const caller = await people.callerOf(await people.signInAs(guest.id));
    const tried = await Promise.allSettled(
      [1, 2, 3, 4].map(() => caller.account.acceptInvitation({ token })),
    );
    expect(tried.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is for the account of its address alone', async () => {
    const guest = await people.newAccount('Guest');
    const { token } = await invite(guest.email);
    const stranger = await people.newAccount('Stranger');
    const caller = await people.callerOf(await people.signInAs(stranger.id));
    expect(await caller.account.invitation({ token })).toMatchObject({ next: 'other_account' });
    await expect(caller.account.acceptInvitation({ token })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    const anybody = await people.callerOf(null);
    expect(await anybody.account.invitation({ token })).toMatchObject({ next: 'sign_in' });
    await expect(anybody.account.acceptInvitation({ token, account })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
  });

  it('stops when it is taken back, replaced or expired', async () => {
    const anybody = await people.callerOf(null);
    const refused = (token: string) =>
      expect(anybody.account.invitation({ token })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const first = await invite('late@example.test');
    const second = await invite('late@example.test');
    await refused(first.token);
    const [open] = (await owner.caller.portal.members.list()).invitations;
    await owner.caller.portal.invitations.revoke({ invitationId: open?.id ?? '' });
    await refused(second.token);
    const third = await invite('late@example.test');
    await people.sql`update invitation set expires_at = now() where tenant_id = ${tenantId}`;
    await refused(third.token);
  });

  it('is stored as a hash only', async () => {
    const { token } = await invite('hash@example.test');
    const rows = await people.sql`select * from invitation where tenant_id = ${tenantId}`;
    expect(JSON.stringify(rows)).not.toContain(token);
    expect(Buffer.from(rows[0]?.token_hash).toString('utf8')).not.toContain(token);
  });

  it('is shown to who invites only where no mail can be sent', async () => {
    const { post } = people.identity;
    people.identity.post = closedPost;
    try {
      const email = 'by-hand@example.test';
      const { url } = await owner.caller.portal.invitations.create({ email, role: 'viewer' });
      const anybody = await people.callerOf(null);
      expect(await anybody.account.invitation({ token: tokenOf(url ?? '') })).toMatchObject({
        email,
      });
    } finally {
      people.identity.post = post;
    }
  });

  it('of an admin makes no owner', async () => {
    const admin = await people.join(tenantId, 'admin');
    const asked = { email: 'x@example.test', role: 'owner' } as const;
    await expect(admin.caller.portal.invitations.create(asked)).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
  });
});

describe('the last owner', () => {
  it('cannot be unmade, removed, or leave, not even when all go at once', async () => {
    const second = await people.join(tenantId, 'owner', 'Second');
    const tried = await Promise.allSettled([
      owner.caller.portal.members.remove({ accountId: owner.id }),
      second.caller.portal.members.remove({ accountId: second.id }),
      owner.caller.portal.members.setRole({ accountId: owner.id, role: 'viewer' }),
      second.caller.portal.members.setRole({ accountId: owner.id, role: 'admin' }),
    ]);
    expect(tried.some(({ status }) => status === 'rejected')).toBe(true);
    const owners = await people.sql`
      select count(*)::int as n from membership where tenant_id = ${tenantId} and role = 'owner'`;
    expect(owners).toEqual([{ n: 1 }]);
  });

  it('may leave once there is another', async () => {
    const alone = owner.caller.portal.members.remove({ accountId: owner.id });
    await expect(alone).rejects.toMatchObject({ code: 'CONFLICT' });
    await people.join(tenantId, 'owner', 'Second');
    await owner.caller.portal.members.remove({ accountId: owner.id });
    await expect((await people.callerOf(owner.sessionId)).portal.overview()).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
    });
  });
});

describe('a role', () => {
  it('that was changed counts from the next request on', async () => {
    const other = await people.join(tenantId, 'admin', 'Adam');
    await owner.caller.portal.members.setRole({ accountId: other.id, role: 'viewer' });
    const caller = await people.callerOf(other.sessionId, tenantId);
    await expect(caller.portal.tenant.rename({ name: 'x' })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
  });

  it('of an owner is not an admin’s to take', async () => {
    const admin = await people.join(tenantId, 'admin', 'Adam');
    for (const attempt of [
      () => admin.caller.portal.members.setRole({ accountId: owner.id, role: 'viewer' }),
      () => admin.caller.portal.members.remove({ accountId: owner.id }),
      () => admin.caller.portal.members.setRole({ accountId: admin.id, role: 'owner' }),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'FORBIDDEN' });
    }
  });
});

describe('a tenant that is given up', () => {
  it('has no keys and members any more, is refused, and keeps its ledger for the operator', async () => {
    const ctx = people.serviceContext({ kind: 'operator' });
    await createKey({ ctx, input: createKeyInput.parse({ tenantId, name: 'k' }) });
    const told = people.told.keys;
    const wrong = owner.caller.portal.tenant.delete({ typedName: 'acme' });
    await expect(wrong).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await owner.caller.portal.tenant.delete({ typedName: 'Acme' });
    expect(people.told.keys).toBe(told + 1);
    const [row] = await people.sql`
      select t.status, t.deleted_at is not null as deleted, q.balance::text,
        (select array_agg(status) from api_key k where k.tenant_id = t.id) as keys,
        (select count(*)::int from membership m where m.tenant_id = t.id) as members,
        (select count(*)::int from billing_transaction b where b.tenant_id = t.id) as ledger
      from tenant t join tenant_quota q on q.tenant_id = t.id where t.id = ${tenantId}`;
    expect(row).toEqual({
      status: 'suspended',
      deleted: true,
      balance: '500',
      keys: ['revoked'],
      members: 0,
      ledger: 1,
    });
    await expect((await people.callerOf(owner.sessionId)).portal.overview()).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
    });
  });
});

describe('one account in two tenants', () => {
  it('acts for the one that it chooses, with its role there', async () => {
    const other = (await people.newTenant({ name: 'Beta' })).id;
    await people.sql`
      insert into membership (account_id, tenant_id, role) values (${owner.id}, ${other}, 'viewer')`;
    const there = await people.callerOf(owner.sessionId, other);
    await expect(there.portal.tenant.rename({ name: 'x' })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    await owner.caller.portal.tenant.rename({ name: 'Acme 2' });
    const names = await people.sql`
      select name from tenant where id in (${tenantId}, ${other}) order by name`;
    expect(names.map((row) => row.name)).toEqual(['Acme 2', 'Beta']);
  });
});
