import { and, eq, gt, sql } from 'drizzle-orm';
import { uuidV7 } from '../../../domain/ids';
import type { AccountRecord, AccountRepository } from '../../../domain/ports/accounts';
import { account, accountIdentity, accountLink, membership } from '../schema';
import { type Tx, theRow } from './tx';

const toRecord = (row: typeof account.$inferSelect): AccountRecord => ({
  id: row.id,
  email: row.email,
  name: row.name,
  passwordHash: row.passwordHash,
  isVerified: row.emailVerifiedAt !== null,
});

const verified = { emailVerifiedAt: sql`now()` };

export function createAccountRepository(tx: Tx): AccountRepository {
  const locked = async (where: ReturnType<typeof eq>) => {
    const [row] = await tx.select().from(account).where(where).for('no key update');
    return row === undefined ? null : toRecord(row);
  };
  return {
    async ensure(entry) {
      await tx
        .insert(account)
        .values({ id: uuidV7(), ...entry, ...verified })
        .onConflictDoNothing({ target: account.email });
      const rows = await tx
        .select({ id: account.id })
        .from(account)
        .where(eq(account.email, entry.email));
      return theRow(rows).id;
    },

    async addMembership(accountId, tenantId, role) {
      await tx.insert(membership).values({ accountId, tenantId, role }).onConflictDoNothing();
    },

    lockByEmail: (email) => locked(eq(account.email, email)),
    lock: (id) => locked(eq(account.id, id)),

    async create({ isVerified, ...entry }) {
      const rows = await tx
        .insert(account)
        .values({ ...entry, ...(isVerified ? verified : {}) })
        .onConflictDoNothing({ target: account.email })
        .returning({ id: account.id });
      return rows.length > 0;
    },

    async update(id, { isVerified, ...change }) {
      await tx
        .update(account)
        .set({ ...change, ...(isVerified ? verified : {}) })
        .where(eq(account.id, id));
    },

    async putLink({ tokenHash, expiresAt, ...key }) {
      await tx
        .insert(accountLink)
        .values({ ...key, tokenHash, expiresAt })
        .onConflictDoUpdate({
          target: [accountLink.accountId, accountLink.purpose],
          set: { tokenHash, expiresAt },
        });
    },

    async takeLink(purpose, tokenHash) {
      const [taken] = await tx
        .delete(accountLink)
        .where(
          and(
            eq(accountLink.purpose, purpose),
            eq(accountLink.tokenHash, tokenHash),
            gt(accountLink.expiresAt, sql`now()`),
          ),
        )
        .returning({ accountId: accountLink.accountId });
      return taken?.accountId ?? null;
    },

    async findIdentity(provider, subject) {
      const [row] = await tx
        .select({ accountId: accountIdentity.accountId })
        .from(accountIdentity)
        .where(and(eq(accountIdentity.provider, provider), eq(accountIdentity.subject, subject)));
      return row?.accountId ?? null;
    },

    async addIdentity(provider, subject, accountId) {
      await tx.insert(accountIdentity).values({ provider, subject, accountId });
    },
  };
}
