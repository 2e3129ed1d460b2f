import { and, asc, eq } from 'drizzle-orm';
import type { MemberRepository } from '../../../domain/ports/members';
import { account, membership } from '../schema';
import type { Tx } from './tx';

const COLUMNS = {
  accountId: account.id,
  email: account.email,
  name: account.name,
  role: membership.role,
  since: membership.createdAt,
};

const theOne = (tenantId: string, accountId: string) =>
  and(eq(membership.tenantId, tenantId), eq(membership.accountId, accountId));

export function createMemberRepository(tx: Tx): MemberRepository {
  const members = () =>
    tx.select(COLUMNS).from(membership).innerJoin(account, eq(account.id, membership.accountId));
  return {
    list: (tenantId) =>
      members()
        .where(eq(membership.tenantId, tenantId))
        .orderBy(asc(membership.createdAt), asc(account.id)),

    async find(tenantId, accountId) {
      const [row] = await members().where(theOne(tenantId, accountId));
      return row ?? null;
    },

    async add(tenantId, accountId, role) {
      const rows = await tx
        .insert(membership)
        .values({ accountId, tenantId, role })
        .onConflictDoNothing()
        .returning({ role: membership.role });
      return rows.length > 0;
    },

    async setRole(tenantId, accountId, role) {
      await tx.update(membership).set({ role }).where(theOne(tenantId, accountId));
    },

    async remove(tenantId, accountId) {
      await tx.delete(membership).where(theOne(tenantId, accountId));
    },

    async clear(tenantId) {
      await tx.delete(membership).where(eq(membership.tenantId, tenantId));
    },
  };
}
