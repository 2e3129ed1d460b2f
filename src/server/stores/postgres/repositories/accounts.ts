import { eq } from 'drizzle-orm';
import { uuidV7 } from '../../../domain/ids';
import type { AccountRepository } from '../../../domain/ports/repositories';
import { account, membership } from '../schema';
import { type Tx, theRow } from './tx';

export function createAccountRepository(tx: Tx): AccountRepository {
  return {
    async ensure(entry) {
      await tx
        .insert(account)
        .values({ id: uuidV7(), ...entry })
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
  };
}
