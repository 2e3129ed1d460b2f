import { and, asc, eq, gt, sql } from 'drizzle-orm';
import { trustedTenantId } from '../../domain/ids';
import type { AccountDirectory } from '../../domain/ports/sign-in';
import type { Database } from './client';
import { account, accountSession, membership, tenant } from './schema';

/** How exactly the last use of a session is kept; a write for each request would be dear. */
const SEEN_EVERY_MS = 60_000;

export function createAccountDirectory(db: Database): AccountDirectory {
  return {
    async findByEmail(email) {
      const [row] = await db
        .select({
          id: account.id,
          email: account.email,
          name: account.name,
          passwordHash: account.passwordHash,
          isVerified: sql<boolean>`${account.emailVerifiedAt} is not null`,
        })
        .from(account)
        .where(eq(account.email, email))
        .limit(1);
      return row ?? null;
    },

    async session(sessionId) {
      const [row] = await db
        .select({
          sessionId: accountSession.id,
          accountId: account.id,
          email: account.email,
          name: account.name,
          lastSeenAt: accountSession.lastSeenAt,
        })
        .from(accountSession)
        .innerJoin(account, eq(account.id, accountSession.accountId))
        .where(and(eq(accountSession.id, sessionId), gt(accountSession.expiresAt, sql`now()`)));
      if (row === undefined) return null;
      const { lastSeenAt, ...session } = row;
      if (Date.now() - lastSeenAt.getTime() > SEEN_EVERY_MS) {
        await db
          .update(accountSession)
          .set({ lastSeenAt: sql`now()` })
          .where(eq(accountSession.id, sessionId));
      }
      return session;
    },

    async memberships(accountId) {
      const rows = await db
        .select({
          accountId: account.id,
          email: account.email,
          name: account.name,
          tenantId: tenant.id,
          tenantName: tenant.name,
          role: membership.role,
        })
        .from(membership)
        .innerJoin(account, eq(account.id, membership.accountId))
        .innerJoin(tenant, eq(tenant.id, membership.tenantId))
        .where(eq(membership.accountId, accountId))
        .orderBy(asc(membership.createdAt), asc(membership.tenantId));
      return rows.map((row) => ({ ...row, tenantId: trustedTenantId(row.tenantId) }));
    },
  };
}
