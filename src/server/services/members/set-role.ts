import { z } from 'zod';
import type { TenantId } from '../../domain/ids';
import { ROLES } from '../../domain/ports/sign-in';
import { auditEntry } from '../audit-entry';
import type { Call } from '../context';
import { requireTenant } from '../permission';
import { lockMember, requireAnotherOwner, requireManages } from './access';

export const setRoleInput = z.strictObject({ accountId: z.uuid(), role: z.enum(ROLES) });

/**
 * Gives a member another role, from their next request on. Throws `forbidden` for roles that the
 * actor may not give or take, `conflict` for the last owner.
 */
export async function setRole({
  ctx,
  tenantId,
  input,
}: Call<z.output<typeof setRoleInput>> & { readonly tenantId: TenantId }): Promise<void> {
  requireTenant(ctx, tenantId, 'members.manage');
  await ctx.unitOfWork.transact(async (tx) => {
    const member = await lockMember(tx, tenantId, input.accountId);
    requireManages(ctx, member.role);
    requireManages(ctx, input.role);
    if (member.role === input.role) return;
    await requireAnotherOwner(tx, tenantId, member);
    await tx.members.setRole(tenantId, input.accountId, input.role);
    await tx.auditLog.append(
      auditEntry(ctx, {
        tenantId,
        action: 'member.set_role',
        target: input.accountId,
        before: { role: member.role },
        after: { role: input.role },
      }),
    );
  });
}
