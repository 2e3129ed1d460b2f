import { z } from 'zod';
import type { TenantId } from '../../domain/ids';
import { auditEntry } from '../audit-entry';
import type { Call } from '../context';
import { notFound, requireTenant } from '../permission';

export const revokeInvitationInput = z.strictObject({ invitationId: z.uuid() });

/** Takes an invitation back: its link stops. Throws `not_found` for one that is not the tenant's. */
export async function revokeInvitation({
  ctx,
  tenantId,
  input,
}: Call<z.output<typeof revokeInvitationInput>> & { readonly tenantId: TenantId }): Promise<void> {
  requireTenant(ctx, tenantId, 'members.manage');
  await ctx.unitOfWork.transact(async (tx) => {
    if (!(await tx.invitations.delete(tenantId, input.invitationId))) throw notFound('invitation');
    await tx.auditLog.append(
      auditEntry(ctx, { tenantId, action: 'invitation.revoke', target: input.invitationId }),
    );
  });
}
