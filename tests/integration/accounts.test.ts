import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hashPassword } from '@/server/auth/password';
import { verifySignIn } from '@/server/auth/verify-sign-in';
import { uuidV7 } from '@/server/domain/ids';
import { ANSWER_MS_MIN } from '@/server/services/accounts/at-least';
import { accountByProvider } from '@/server/services/accounts/by-provider';
import { type People, startPeople, tokenOf } from '../helpers/people';

const password = 'correct horse battery staple';
let people: People;
let anybody: Awaited<ReturnType<People['callerOf']>>;
let email: string;

beforeAll(async () => {
  people = await startPeople();
});
beforeEach(async () => {
  people.identity.signUp = 'open';
  people.identity.trialCreditNano = 0n;
  anybody = await people.callerOf(null);
  email = `${uuidV7()}@example.test`;
  for (const what of ['sign_up', 'reset', 'link']) {
    await people.identity.attempts.clear(`${what}:address:203.0.113.9`);
  }
});
afterAll(() => people.close());

const signUp = (over: object = {}) =>
  anybody.account.signUp({ name: 'Ada', email, password, ...over });

const confirm = (token: string, secret = password) =>
  anybody.account.confirmEmail({ token, password: secret });

function linkTo(address: string): string {
  const letter = people.lettersTo(address).at(-1);
  if (letter === undefined || !('url' in letter)) throw new Error('No link was sent.');
  return tokenOf(letter.url);
}

const signIn = async (secret: string, address = email) =>
  (
    await verifySignIn(
      { accounts: people.container.accounts, attempts: people.identity.attempts },
      { email: address, password: secret, address: '203.0.113.9' },
    )
  ).kind;

describe('signing up', () => {
  it('makes an account that counts once its address is confirmed, with a tenant of its own', async () => {
    people.identity.trialCreditNano = 2_000_000_000n;
    await signUp();
    expect(await signIn(password)).toBe('unconfirmed');
    expect(await signIn('another password')).toBe('refused');
    expect(await confirm(linkTo(email))).toEqual({ email });
    expect(await signIn(password)).toBe('welcome');
    const account = await people.container.accounts.findByEmail(email);
    const [membership, ...more] = await people.container.accounts.memberships(account?.id ?? '');
    expect(membership).toMatchObject({ role: 'owner', tenantName: 'Ada' });
    expect(more).toEqual([]);
    const rows = await people.sql`
      select kind, status, amount::text, balance_after::text, note from billing_transaction
      where tenant_id = ${membership?.tenantId ?? ''}`;
    expect(rows).toEqual([
      {
        kind: 'topup',
        status: 'COMMITTED',
        amount: '2000000000',
        balance_after: '2000000000',
        note: 'Trial credit',
      },
    ]);
  });

  it('a link counts once, and an earlier one not at all', async () => {
    await signUp();
    const first = linkTo(email);
    await signUp();
    const second = linkTo(email);
    const dead = { code: 'NOT_FOUND' };
    await expect(confirm(first)).rejects.toMatchObject(dead);
    await confirm(second);
    await expect(confirm(second)).rejects.toMatchObject(dead);
  });

  it('by another with one’s address gains nothing: the letter counts with the password behind it only', async () => {
    await signUp();
    await signUp({ password: 'an attacker’s password' });
    const newest = linkTo(email);
    await expect(confirm(newest)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    expect(await signIn('an attacker’s password')).toBe('unconfirmed');
    await anybody.account.requestReset({ email });
    await anybody.account.resetPassword({ token: linkTo(email), password });
    expect(await signIn('an attacker’s password')).toBe('refused');
    expect(await signIn(password)).toBe('welcome');
    const account = await people.container.accounts.findByEmail(email);
    expect(await people.container.accounts.memberships(account?.id ?? '')).toMatchObject([
      { role: 'owner', tenantName: 'Ada' },
    ]);
  });

  it('an address that has an account gets the same answer, no sooner and no later', async () => {
    const { email: taken } = await people.newAccount('Taken', await hashPassword(password));
    const timed = async (address: string) => {
      const began = performance.now();
      const answer = await signUp({ email: address, password: 'an attacker’s password' });
      return { answer, ms: performance.now() - began };
    };
    const [fresh, known] = [await timed(email), await timed(taken)];
    expect(known.answer).toEqual(fresh.answer);
    for (const { ms } of [fresh, known]) expect(ms).toBeGreaterThanOrEqual(ANSWER_MS_MIN - 2);
    expect(people.lettersTo(taken).map(({ kind }) => kind)).toEqual(['account_exists']);
    expect(await signIn(password, taken)).toBe('welcome');
  });

  it('is limited by address of mail and by where it comes from, known or not', async () => {
    const tries = async (address: () => string) => {
      let count = 0;
      for (; count < 30; count += 1) {
        const tried = await signUp({ email: address() }).catch((error: unknown) => error);
        if (tried instanceof Error) return { count, code: Reflect.get(tried, 'code') };
      }
      return { count, code: 'never' };
    };
    expect(await tries(() => email)).toEqual({ count: 5, code: 'TOO_MANY_REQUESTS' });
  });

  it('is closed where it is by invitation or closed', async () => {
    for (const policy of ['invitation', 'closed'] as const) {
      people.identity.signUp = policy;
      await expect(signUp()).rejects.toMatchObject({ code: 'FORBIDDEN' });
    }
    expect(people.lettersTo(email)).toEqual([]);
  });

  it('refuses a short password and what is no address', async () => {
    await expect(signUp({ password: 'elevenchars' })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    });
    await expect(signUp({ email: 'ada' })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });
});

describe('a lost password', () => {
  it('is set anew by a link that counts once, and every session ends', async () => {
    const account = await people.newAccount('Lost', await hashPassword('the old password'));
    const sessionId = await people.signInAs(account.id);
    await anybody.account.requestReset({ email: account.email });
    const token = linkTo(account.email);
    expect(await anybody.account.resetPassword({ token, password })).toEqual({
      email: account.email,
    });
    expect(await people.container.accounts.session(sessionId)).toBeNull();
    expect(await signIn('the old password', account.email)).toBe('refused');
    expect(await signIn(password, account.email)).toBe('welcome');
    await expect(anybody.account.resetPassword({ token, password })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(people.lettersTo(account.email).at(-1)?.kind).toBe('password_changed');
  });

  it('an unknown address gets the same answer, no letter, and the same limit', async () => {
    const known = await people.newAccount('Known');
    for (const address of [known.email, email]) {
      const began = performance.now();
      expect(await anybody.account.requestReset({ email: address })).toBeUndefined();
      expect(performance.now() - began).toBeGreaterThanOrEqual(ANSWER_MS_MIN - 2);
      for (let more = 0; more < 2; more += 1)
        await anybody.account.requestReset({ email: address });
      await expect(anybody.account.requestReset({ email: address })).rejects.toMatchObject({
        code: 'TOO_MANY_REQUESTS',
      });
    }
    expect(people.lettersTo(email)).toEqual([]);
  });

  it('a link that has expired sets nothing', async () => {
    const account = await people.newAccount('Late');
    await anybody.account.requestReset({ email: account.email });
    await people.sql`update account_link set expires_at = now() where account_id = ${account.id}`;
    const late = anybody.account.resetPassword({ token: linkTo(account.email), password });
    await expect(late).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('without mail, the operator hands the link over', async () => {
    const account = await people.newAccount('By-hand');
    const asked = { email: account.email, purpose: 'reset_password' };
    const reply = await people.rest('POST', 'accounts/links', asked);
    expect(reply.status).toBe(200);
    const url: unknown = Reflect.get(Object(reply.body), 'url');
    await anybody.account.resetPassword({ token: tokenOf(String(url)), password });
    expect(await signIn(password, account.email)).toBe('welcome');
    const nobody = { email: 'nobody@example.test', purpose: 'reset_password' };
    expect((await people.rest('POST', 'accounts/links', nobody)).status).toBe(404);
  });
});

describe('sessions', () => {
  it('are listed, ended one by one, and others all at once; another’s are not found', async () => {
    const account = await people.newAccount('Sess');
    const ids = [1, 2, 3].map(() => people.signInAs(account.id));
    const [mine = '', second = '', third = ''] = await Promise.all(ids);
    const caller = await people.callerOf(mine);
    const listed = await caller.account.sessions();
    expect(listed).toHaveLength(3);
    expect(listed.filter(({ isThis }) => isThis).map(({ id }) => id)).toEqual([mine]);
    await caller.account.endSession({ sessionId: second });
    expect(await people.container.accounts.session(second)).toBeNull();
    const stranger = await people.callerOf(
      await people.signInAs((await people.newAccount('Str')).id),
    );
    await expect(stranger.account.endSession({ sessionId: third })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await caller.account.endOtherSessions();
    expect((await caller.account.sessions()).map(({ id }) => id)).toEqual([mine]);
  });

  it('other than this one end when the password changes, which needs the present one', async () => {
    const account = await people.newAccount('Change', await hashPassword('the old password'));
    const [mine, other] = [await people.signInAs(account.id), await people.signInAs(account.id)];
    const caller = await people.callerOf(mine);
    const wrong = caller.account.changePassword({ current: 'not it', next: password });
    await expect(wrong).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    expect(await people.container.accounts.session(other)).not.toBeNull();
    await caller.account.changePassword({ current: 'the old password', next: password });
    expect(await people.container.accounts.session(other)).toBeNull();
    expect(await people.container.accounts.session(mine)).not.toBeNull();
    expect(await signIn(password, account.email)).toBe('welcome');
  });

  it('that have expired count no more', async () => {
    const id = await people.signInAs((await people.newAccount('Old')).id);
    await people.sql`update account_session set expires_at = now() where id = ${id}`;
    expect(await people.container.accounts.session(id)).toBeNull();
  });
});

describe('an identity of GitHub or Google', () => {
  const by = (over: object) => {
    const subject = uuidV7();
    const input = {
      provider: 'github',
      subject,
      verifiedEmail: email,
      name: 'Ada',
      ...over,
    } as const;
    return accountByProvider({ ctx: people.serviceContext({ kind: 'nobody' }), input });
  };

  it('is the account of its confirmed address, and stays it when the address changes', async () => {
    const account = await people.newAccount('Linked');
    const subject = uuidV7();
    const first = await by({ subject, verifiedEmail: account.email });
    expect(first.accountId).toBe(account.id);
    expect(await by({ subject, verifiedEmail: email })).toEqual(first);
  });

  it('that is not confirmed there opens nothing', async () => {
    await expect(by({ verifiedEmail: null })).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('takes over an account that nobody has confirmed, without its password and its name', async () => {
    await signUp({ name: 'Whoever was first' });
    const { accountId } = await by({});
    expect(await signIn(password)).toBe('refused');
    expect(await people.container.accounts.memberships(accountId)).toHaveLength(1);
    expect(await people.container.accounts.findByEmail(email)).toMatchObject({ name: 'Ada' });
  });

  it.each(['invitation', 'closed'] as const)(
    'makes no account where sign-up is %s',
    async (policy) => {
      people.identity.signUp = policy;
      await expect(by({})).rejects.toMatchObject({ code: 'forbidden' });
    },
  );

  it('makes the account of an address that was invited, with no tenant of its own', async () => {
    const { id: tenantId } = await people.newTenant({ name: 'Inviting' });
    const owner = await people.join(tenantId, 'owner');
    await owner.caller.portal.invitations.create({ email, role: 'viewer' });
    people.identity.signUp = 'closed';
    await expect(by({})).rejects.toMatchObject({ code: 'forbidden' });
    people.identity.signUp = 'invitation';
    const { accountId } = await by({});
    expect(await people.container.accounts.memberships(accountId)).toEqual([]);
    const caller = await people.callerOf(await people.signInAs(accountId));
    await caller.account.acceptInvitation({ token: linkTo(email) });
    expect(await people.container.accounts.memberships(accountId)).toMatchObject([
      { tenantName: 'Inviting', role: 'viewer' },
    ]);
  });

  it('an invitation that has expired or was taken back makes no account', async () => {
    const { id: tenantId } = await people.newTenant({ name: 'Inviting' });
    const owner = await people.join(tenantId, 'owner');
    const { id } = await owner.caller.portal.invitations.create({ email, role: 'viewer' });
    people.identity.signUp = 'invitation';
    await people.sql`update invitation set expires_at = now() where id = ${id}`;
    await expect(by({})).rejects.toMatchObject({ code: 'forbidden' });
    await people.sql`update invitation set expires_at = now() + interval '1 day' where id = ${id}`;
    await owner.caller.portal.invitations.revoke({ invitationId: id });
    await expect(by({})).rejects.toMatchObject({ code: 'forbidden' });
  });
});
