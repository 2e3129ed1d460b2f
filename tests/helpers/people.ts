import type { ApiContext } from '@/server/api/context';
import { accountActor } from '@/server/api/context';
import { appRouter } from '@/server/api/root';
import { uuidV7 } from '@/server/domain/ids';
import type { Role } from '@/server/domain/ports/sign-in';
import { startSession } from '@/server/services/accounts/start-session';
import { type AdminHarness, startAdmin } from './admin-harness';

/** The token of the link that a letter or an answer holds. */
export const tokenOf = (url: string): string => url.slice(url.lastIndexOf('/') + 1);

export type People = Awaited<ReturnType<typeof startPeople>>;

/** Accounts, tenants and browsers over a database of its own; letters are kept, not sent. */
export async function startPeople() {
  const admin: AdminHarness = await startAdmin();
  const { container, sql } = admin;

  /** A call of this session's browser; null: signed out. */
  async function contextOf(sessionId: string | null, wantedTenantId?: string): Promise<ApiContext> {
    const { accounts } = container;
    const signedIn = sessionId === null ? null : await accounts.session(sessionId);
    return {
      container,
      actor: await accountActor(accounts, signedIn, wantedTenantId),
      address: '203.0.113.9',
      requestId: 'r',
      browser: { signedIn, language: 'en' },
    };
  }

  /** Everything that tRPC serves, as this session's browser may call it. */
  const callerOf = async (sessionId: string | null, wantedTenantId?: string) =>
    appRouter.createCaller(await contextOf(sessionId, wantedTenantId));

  const newAccount = async (name: string, passwordHash: string | null = null) => {
    const id = uuidV7();
    const email = `${name.toLowerCase()}-${id.slice(-6)}@example.test`;
    await sql`
      insert into account (id, email, name, password_hash, email_verified_at)
      values (${id}, ${email}, ${name}, ${passwordHash}, now())`;
    return { id, email };
  };

  const signInAs = (accountId: string): Promise<string> =>
    startSession({
      ctx: admin.serviceContext({ kind: 'nobody' }, '203.0.113.9'),
      input: { accountId, userAgent: 'test' },
    });

  return {
    ...admin,
    contextOf,
    callerOf,
    newAccount,
    signInAs,

    /** A member of a tenant, signed in. */
    async join(tenantId: string, role: Role, name: string = role) {
      const account = await newAccount(name);
      await sql`
        insert into membership (account_id, tenant_id, role)
        values (${account.id}, ${tenantId}, ${role})`;
      const sessionId = await signInAs(account.id);
      return { ...account, sessionId, caller: await callerOf(sessionId, tenantId) };
    },

    /** What was written to an address, oldest first. */
    lettersTo: (address: string) =>
      admin.letters.filter(({ to }) => to === address).map(({ letter }) => letter),
  };
}
