import { z } from 'zod';
import { TallygateError } from '../../domain/errors';
import type { TenantId } from '../../domain/ids';
import { auditEntry } from '../audit-entry';
import type { Call } from '../context';
import { notFound, requireTenant } from '../permission';

export const deleteTenantInput = z.strictObject({ typedName: z.string().max(200) });

/**
 * Gives the tenant up, for good: its keys are revoked and its requests refused, open streams
 * included, within seconds on every replica; members and invitations are gone. Balance and ledger
 * stay for the operator, since books are never torn out. Throws `invalid_field` for another name.
 */
export async function deleteTenant({
  ctx,
  tenantId,
  input,
}: Call<z.output<typeof deleteTenantInput>> & { readonly tenantId: TenantId }): Promise<void> {
  requireTenant(ctx, tenantId, 'tenant.delete');
  await ctx.unitOfWork.transact(async (tx) => {
    await tx.tenants.lock(tenantId);
    const standing = await tx.tenants.standing(tenantId);
    if (standing === null) throw notFound('tenant');
    const { name, status } = standing.tenant;
    if (input.typedName.trim() !== name.trim()) {
      throw new TallygateError('invalid_field', 'This is not the name of the organisation.', {
        param: 'typedName',
      });
    }
    await tx.tenants.update(tenantId, { status: 'suspended', deletedAt: new Date() });
    const keysRevoked = await tx.keys.revokeAll(tenantId);
    await tx.members.clear(tenantId);
    await tx.invitations.clear(tenantId);
    await tx.budgets.remove(tenantId);
    await tx.webhooks.remove(tenantId);
    await tx.outbox.clear(tenantId);
    await tx.auditLog.append(
      auditEntry(ctx, {
        tenantId,
        action: 'tenant.delete',
        target: tenantId,
        before: { name, status },
        after: { keysRevoked, balance: String(standing.quota.balanceNano) },
      }),
    );
  });
  await ctx.feed.keysChanged();
}
