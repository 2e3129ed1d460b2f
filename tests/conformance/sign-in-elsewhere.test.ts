import { generateKeyPairSync } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hashPassword } from '@/server/auth/password';
import { uuidV7 } from '@/server/domain/ids';
import { AdminClient } from '../helpers/admin-client';
import { type BuiltProcess, startBuiltProcess } from '../helpers/built-process';
import { createDatabase, type TestDatabase } from '../helpers/database';
import { TEST_SECRETS } from '../helpers/gateway';
import { type IdentityHouses, type Person, startIdentityHouses } from '../helpers/identity-houses';
import { Visitor } from '../helpers/visitor';

const PROVIDERS = ['github', 'google'] as const;
type Provider = (typeof PROVIDERS)[number];

let database: TestDatabase;
let houses: IdentityHouses;
let gateway: BuiltProcess;
let visitor: Visitor;
let peopleSoFar = 0;

beforeAll(async () => {
  [database, houses] = await Promise.all([createDatabase(), startIdentityHouses()]);
});
afterEach(() => {
  Object.assign(houses.state, { otherClaims: {}, otherKey: null });
});
afterAll(async () => {
  await houses.close();
  await database.drop();
});

/** Before the browser sits somebody whom nobody here has seen. */
function newPerson(over: Partial<Person> = {}): Person {
  peopleSoFar += 1;
  const email = `${uuidV7()}@example.test`;
  const person = { id: peopleSoFar, name: 'Ada', email, isConfirmed: true, ...over };
  houses.state.person = person;
  return person;
}

/** The whole way there and back; where it ends. */
async function signInBy(provider: Provider, callbackUrl = '/keys'): Promise<string> {
  return await comeBack(await houses.consent(await visitor.leaveFor(provider, callbackUrl)));
}

async function comeBack(address: string): Promise<string> {
  const { origin, pathname, search, searchParams } = await visitor.comeBack(address);
  expect(origin).toBe(gateway.origin);
  const fault = searchParams.get('error');
  return fault === null ? pathname + search : `${pathname}: ${fault}`;
}

async function newAccount(email: string, over: { isVerified: boolean }): Promise<string> {
  const id = uuidV7();
  const passwordHash = await hashPassword('a password that was set here');
  await database.sql`
    insert into account (id, email, name, password_hash, email_verified_at)
    values (${id}, ${email}, 'Here', ${passwordHash}, ${over.isVerified ? new Date() : null})`;
  return id;
}

const accountsOf = async (email: string) =>
  await database.sql`
  select a.id, a.name, a.password_hash is not null as has_password,
    a.email_verified_at is not null as is_verified,
    (select count(*)::int from account_identity i where i.account_id = a.id) as identities,
    (select count(*)::int from membership m where m.account_id = a.id) as tenants
  from account a where a.email = ${email}`;

const identityCount = async () =>
  (await database.sql`select count(*)::int as count from account_identity`)[0]?.count;

/** Whose session the browser has. */
async function signedInAs(): Promise<string | null> {
  const sessionId = await visitor.sessionId();
  if (sessionId === null) return null;
  const [row] = await database.sql`
    select account_id from account_session where id = ${sessionId}`;
  return row === undefined ? null : String(row.account_id);
}

/** The same promises of a gateway whose operator has chosen this. */
function where(signUp: 'open' | 'invitation' | 'closed', tests: () => void): void {
  describe(`where SIGN_UP=${signUp}`, () => {
    beforeAll(async () => {
      const env = { ...houses.github, ...houses.google, SIGN_UP: signUp, TRIAL_CREDIT: '1000' };
      gateway = await startBuiltProcess(database, env);
    });
    beforeEach(() => {
      visitor = new Visitor(gateway.origin);
    });
    afterAll(() => gateway.close());
    tests();
  });
}

const DENIED = '/sign-in: AccessDenied';
const BROKEN_OFF = '/sign-in: OAuthCallback';

/** In every mode: who has an account is not made to sign up. */
function signsInWhoHasAnAccount(): void {
  it.each(PROVIDERS)('%s is another way into the account of its confirmed address', async (by) => {
    const { email } = newPerson();
    const id = await newAccount(email, { isVerified: true });
    expect(await signInBy(by)).toBe('/keys');
    expect(await signedInAs()).toBe(id);
    const [account] = await accountsOf(email);
    expect(account).toMatchObject({ name: 'Here', has_password: true, identities: 1, tenants: 0 });
    const trail = await database.sql`
      select after from audit_log where action = 'account.link_identity' and target = ${id}`;
    expect(trail).toEqual([{ after: { provider: by } }]);
  });
}

where('open', () => {
  signsInWhoHasAnAccount();

  describe.each(PROVIDERS)('%s', (by) => {
    it('makes an account with a tenant of its own, and leads to the page that was asked for', async () => {
      const { email } = newPerson();
      expect(await signInBy(by, '/transactions?status=COMMITTED')).toBe(
        '/transactions?status=COMMITTED',
      );
      const [account] = await accountsOf(email);
      const facts = { name: 'Ada', has_password: false, is_verified: true };
      expect(account).toMatchObject({ ...facts, identities: 1, tenants: 1 });
      expect(await signedInAs()).toBe(account?.id);
      expect((await visitor.visit('/keys')).status).toBe(200);
    });

    it('finds the same account again, whatever its address has become there', async () => {
      const person = newPerson();
      await signInBy(by);
      const first = await signedInAs();
      houses.state.person = { ...person, email: `${uuidV7()}@example.test`, isConfirmed: false };
      visitor = new Visitor(gateway.origin);
      expect(await signInBy(by)).toBe('/keys');
      expect(await signedInAs()).toBe(first);
      expect(await accountsOf(houses.state.person.email)).toEqual([]);
    });

    it.each([
      ['nobody’s here', null],
      ['an account’s that is confirmed here', { isVerified: true }],
      ['an account’s that is not', { isVerified: false }],
    ])('opens nothing by an address that it has not confirmed: %s', async (_, account) => {
      const { email } = newPerson({ isConfirmed: false });
      if (account !== null) await newAccount(email, account);
      const [before, identities] = [await accountsOf(email), await identityCount()];
      expect(await signInBy(by)).toBe(DENIED);
      expect(await signedInAs()).toBeNull();
      expect(await accountsOf(email)).toEqual(before);
      expect(await identityCount()).toBe(identities);
    });

    it('takes an account that nobody had confirmed over from whoever set its name and password', async () => {
      const { email } = newPerson();
      const id = await newAccount(email, { isVerified: false });
      await signInBy(by);
      expect(await signedInAs()).toBe(id);
      const facts = { name: 'Ada', has_password: false, is_verified: true, tenants: 1 };
      expect(await accountsOf(email)).toMatchObject([facts]);
    });

    it('is not the account of an address that only lower-casing turns its own into', async () => {
      const victim = `kate-${uuidV7()}@example.test`;
      await newAccount(victim, { isVerified: true });
      // The Kelvin sign: a letter of its own, whose small letter is k.
      newPerson({ email: victim.replace('k', '\u212A') });
      expect(await signInBy(by)).toBe(DENIED);
      expect(await accountsOf(victim)).toMatchObject([{ identities: 0 }]);
    });

    it.each([null, '', '  '])('makes no account without a name: %j', async (name) => {
      const { email } = newPerson({ name });
      expect(await signInBy(by)).toBe('/keys');
      const [account] = await accountsOf(email);
      expect(String(account?.name)).toMatch(/^\S+$/);
    });

    it('leads to no other site', async () => {
      newPerson();
      for (const evil of ['https://evil.example/x', '//evil.example/x', '/\\evil.example']) {
        expect(await signInBy(by, evil)).not.toBe(DENIED);
      }
    });

    it('refuses a way back that another browser began', async () => {
      newPerson({ name: 'Attacker' });
      const attacker = new Visitor(gateway.origin);
      const theirWayBack = await houses.consent(await attacker.leaveFor(by));
      expect(await comeBack(theirWayBack)).toBe(BROKEN_OFF);
      await visitor.leaveFor(by);
      expect(await comeBack(theirWayBack)).toBe(BROKEN_OFF);
      expect(await signedInAs()).toBeNull();
    });

    it.each(['', 'made-up'])('refuses a way back with the state %j', async (state) => {
      newPerson();
      const back = new URL(await houses.consent(await visitor.leaveFor(by)));
      back.searchParams.set('state', state);
      expect(await comeBack(back.href)).toBe(BROKEN_OFF);
      expect(await signedInAs()).toBeNull();
    });

    it.each(['state', 'pkce.code_verifier'])('refuses a way back without its %s', async (what) => {
      newPerson();
      const back = await houses.consent(await visitor.leaveFor(by));
      expect(visitor.cookies.delete(`next-auth.${what}`)).toBe(true);
      expect(await comeBack(back)).toBe(BROKEN_OFF);
      expect(await signedInAs()).toBeNull();
    });

    it('redeems a code by the verifier of the browser that it was asked for, and once', async () => {
      newPerson();
      const other = new Visitor(gateway.origin);
      const theirs = new URL(await houses.consent(await other.leaveFor(by)));
      const mine = new URL(await houses.consent(await visitor.leaveFor(by)));
      const [used, cookies] = [mine.href, new Map(visitor.cookies)];
      mine.searchParams.set('code', theirs.searchParams.get('code') ?? '');
      expect(await comeBack(mine.href)).toBe(BROKEN_OFF);
      for (const [name, value] of cookies) visitor.cookies.set(name, value);
      expect(await comeBack(used)).toBe('/');
      const again = new Visitor(gateway.origin);
      for (const [name, value] of cookies) again.cookies.set(name, value);
      expect((await again.comeBack(used)).searchParams.get('error')).toBe('OAuthCallback');
      expect(await again.sessionId()).toBeNull();
    });

    it('that says no is a way back to the sign-in', async () => {
      const back = new URL(await houses.consent(await visitor.leaveFor(by)));
      back.searchParams.delete('code');
      back.searchParams.set('error', 'access_denied');
      expect(await comeBack(back.href)).toBe('/sign-in: Callback');
      expect(await signedInAs()).toBeNull();
    });
  });

  it.each([
    ['another client’s', { aud: 'another-client' }],
    ['another issuer’s', { iss: 'https://accounts.example' }],
    ['one that has expired', { exp: 1_700_000_000 }],
  ])('google: %s token is none', async (_, otherClaims) => {
    const { email } = newPerson();
    houses.state.otherClaims = otherClaims;
    expect(await signInBy('google')).toBe(BROKEN_OFF);
    expect(await accountsOf(email)).toEqual([]);
  });

  it('google: a token that another key signed is none', async () => {
    const { email } = newPerson();
    houses.state.otherKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    expect(await signInBy('google')).toBe(BROKEN_OFF);
    expect(await accountsOf(email)).toEqual([]);
  });

  it('what went wrong is said on the page, in other words where the address is at fault', async () => {
    const said = async (error: string) => {
      const html = await (await visitor.visit(`/sign-in?error=${error}`)).text();
      return /role="alert".*?<\/div>/s.exec(html)?.[0];
    };
    expect(await said('OAuthCallback')).toContain('That sign-in was not completed.');
    expect(await said('AccessDenied')).toContain('is not confirmed. Confirm it there');
  });

  it('both are offered on the page', async () => {
    const html = await (await visitor.visit('/sign-in')).text();
    for (const name of ['GitHub', 'Google']) expect(html).toContain(`Continue with ${name}`);
  });
});

where('invitation', () => {
  signsInWhoHasAnAccount();

  it.each(PROVIDERS)('%s makes no account for whoever was not invited', async (by) => {
    const { email } = newPerson();
    expect(await signInBy(by)).toBe(DENIED);
    expect(await accountsOf(email)).toEqual([]);
  });

  it.each(PROVIDERS)('%s leaves an account alone that nobody has confirmed', async (by) => {
    const { email } = newPerson();
    await newAccount(email, { isVerified: false });
    expect(await signInBy(by)).toBe(DENIED);
    const facts = { has_password: true, is_verified: false, identities: 0 };
    expect(await accountsOf(email)).toMatchObject([facts]);
  });

  it.each(PROVIDERS)(
    '%s makes the account of whoever was invited, with no tenant of its own',
    async (by) => {
      const { email } = newPerson();
      const path = await invitationOf(email);
      expect(await (await visitor.visit(path)).text()).toContain('Continue with GitHub');
      expect(await signInBy(by, path)).toBe(path);
      const facts = { has_password: false, is_verified: true, identities: 1, tenants: 0 };
      expect(await accountsOf(email)).toMatchObject([facts]);
      expect(await (await visitor.visit(path)).text()).toContain('Accept');
    },
  );

  it.each(PROVIDERS)('%s makes none by an invitation that has expired', async (by) => {
    const { email } = newPerson();
    await invitationOf(email);
    await database.sql`update invitation set expires_at = now() where email = ${email}`;
    expect(await signInBy(by)).toBe(DENIED);
    expect(await accountsOf(email)).toEqual([]);
  });
});

where('closed', () => {
  signsInWhoHasAnAccount();

  it.each(PROVIDERS)('%s makes no account, not even for whoever was invited', async (by) => {
    const { email } = newPerson();
    await invitationOf(email);
    expect(await signInBy(by)).toBe(DENIED);
    expect(await accountsOf(email)).toEqual([]);
  });
});

describe('where the variables of neither are set', () => {
  it('the page offers none, and there is no way to ask for one', async () => {
    gateway = await startBuiltProcess(database);
    try {
      visitor = new Visitor(gateway.origin);
      const html = await (await visitor.visit('/sign-in')).text();
      expect(html).not.toMatch(/Continue with (GitHub|Google)/);
      for (const by of PROVIDERS) {
        expect(await visitor.leaveFor(by)).toMatch(/\/sign-in$|\/api\/auth\/signin/);
      }
    } finally {
      await gateway.close();
    }
  });
});

/** Invites an address as the operator does; the path of the link. */
async function invitationOf(email: string): Promise<string> {
  const admin = new AdminClient(gateway.origin, TEST_SECRETS.ADMIN_TOKEN);
  const { id } = await admin.newTenant();
  const invitation = { email, role: 'member' };
  const made: unknown = await admin.call('POST', `tenants/${id}/invitations`, invitation);
  return new URL(String(Reflect.get(Object(made), 'url'))).pathname;
}
