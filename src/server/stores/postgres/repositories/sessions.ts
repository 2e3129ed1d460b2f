import { and, desc, eq, gt, ne, sql } from 'drizzle-orm';
import type { SessionRepository } from '../../../domain/ports/accounts';
import { accountSession } from '../schema';
import type { Tx } from './tx';

export function createSessionRepository(tx: Tx): SessionRepository {
  return {
    async start(session) {
      // What has expired goes when its account signs in again.
      await tx
        .delete(accountSession)
        .where(
          and(
            eq(accountSession.accountId, session.accountId),
            sql`${accountSession.expiresAt} <= now()`,
          ),
        );
      await tx.insert(accountSession).values(session);
    },

    list: (accountId) =>
      tx
        .select()
        .from(accountSession)
        .where(
          and(eq(accountSession.accountId, accountId), gt(accountSession.expiresAt, sql`now()`)),
        )
        .orderBy(desc(accountSession.lastSeenAt)),

    async end(accountId, id) {
      const rows = await tx
        .delete(accountSession)
        .where(and(eq(accountSession.accountId, accountId), eq(accountSession.id, id)))
        .returning({ id: accountSession.id });
      return rows.length > 0;
    },

    async endOthers(accountId, keptId) {
      const others = keptId === null ? undefined : ne(accountSession.id, keptId);
      await tx.delete(accountSession).where(and(eq(accountSession.accountId, accountId), others));
    },
  };
}
