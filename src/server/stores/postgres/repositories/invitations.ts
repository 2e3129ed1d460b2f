import { and, desc, eq, getTableColumns, gt, sql } from 'drizzle-orm';
import { trustedTenantId } from '../../../domain/ids';
import type { Invitation, InvitationRepository } from '../../../domain/ports/members';
import { invitation, tenant } from '../schema';
import type { Tx } from './tx';

const { tokenHash: _, ...COLUMNS } = getTableColumns(invitation);
const stands = gt(invitation.expiresAt, sql`now()`);

type Row = Omit<Invitation, 'tenantId'> & { readonly tenantId: string };
const toInvitation = (row: Row): Invitation => ({
  ...row,
  tenantId: trustedTenantId(row.tenantId),
});

export function createInvitationRepository(tx: Tx): InvitationRepository {
  const invitations = () =>
    tx
      .select({ ...COLUMNS, tenantName: tenant.name })
      .from(invitation)
      .innerJoin(tenant, eq(tenant.id, invitation.tenantId));
  return {
    async put({ tenantId, email, ...rest }) {
      await tx
        .delete(invitation)
        .where(and(eq(invitation.tenantId, tenantId), eq(invitation.email, email)));
      await tx.insert(invitation).values({ tenantId, email, ...rest });
    },

    async list(tenantId) {
      const rows = await invitations()
        .where(and(eq(invitation.tenantId, tenantId), stands))
        .orderBy(desc(invitation.id));
      return rows.map(toInvitation);
    },

    async find(tokenHash) {
      const [row] = await invitations().where(and(eq(invitation.tokenHash, tokenHash), stands));
      return row === undefined ? null : toInvitation(row);
    },

    async isInvited(email) {
      const rows = await tx
        .select({ id: invitation.id })
        .from(invitation)
        .where(and(eq(invitation.email, email), stands))
        .limit(1);
      return rows.length > 0;
    },

    async take(tokenHash) {
      const found = await this.find(tokenHash);
      const [taken] = await tx
        .delete(invitation)
        .where(and(eq(invitation.tokenHash, tokenHash), stands))
        .returning({ id: invitation.id });
      return taken === undefined ? null : found;
    },

    async delete(tenantId, id) {
      const rows = await tx
        .delete(invitation)
        .where(and(eq(invitation.tenantId, tenantId), eq(invitation.id, id)))
        .returning({ id: invitation.id });
      return rows.length > 0;
    },

    async clear(tenantId) {
      await tx.delete(invitation).where(eq(invitation.tenantId, tenantId));
    },
  };
}
