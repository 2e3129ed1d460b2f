import { asc, eq } from 'drizzle-orm';
import { trustedTenantId } from '../../domain/ids';
import type { AccountDirectory } from '../../domain/ports/sign-in';
import type { Database } from './client';
import { account, membership, tenant } from './schema';

export function createAccountDirectory(db: Database): AccountDirectory {
  return {
    async findByEmail(email) {
      const [row] = await db
        .select({
          id: account.id,
          email: account.email,
          name: account.name,
          passwordHash: account.passwordHash,
        })
        .from(account)
        .where(eq(account.email, email))
        .limit(1);
      return row ?? null;
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
