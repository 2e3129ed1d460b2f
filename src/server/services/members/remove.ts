import { z } from 'zod';
import type { TenantId } from '../../domain/ids';
import { auditEntry } from '../audit-entry';
import type { Call } from '../context';
import { requireTenant } from '../permission';
import { lockMember, requireAnotherOwner, requireManages } from './access';

export const removeMemberInput = z.strictObject({ accountId: z.uuid() });

/**
 * Takes a member out, from their next request on; everybody may take themselves out, which is
 * leaving. The keys they made stay. Throws `conflict` for the last owner.
 */
export async function removeMember({
  ctx,
  tenantId,
  input,
}: Call<z.output<typeof removeMemberInput>> & { readonly tenantId: TenantId }): Promise<void> {
  const { actor } = ctx;
  const isLeaving = actor.kind === 'account' && actor.accountId === input.accountId;
  requireTenant(ctx, tenantId, isLeaving ? 'members.read' : 'members.manage');
  await ctx.unitOfWork.transact(async (tx) => {
    const member = await lockMember(tx, tenantId, input.accountId);
    if (!isLeaving) requireManages(ctx, member.role);
    await requireAnotherOwner(tx, tenantId, member);
    await tx.members.remove(tenantId, input.accountId);
    await tx.auditLog.append(
      auditEntry(ctx, {
        tenantId,
        action: isLeaving ? 'member.leave' : 'member.remove',
        target: input.accountId,
        before: { role: member.role, email: member.email },
      }),
    );
  });
}
