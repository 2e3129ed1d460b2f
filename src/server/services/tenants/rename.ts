import { z } from 'zod';
import type { TenantId } from '../../domain/ids';
import { auditEntry } from '../audit-entry';
import type { Call } from '../context';
import { name } from '../fields';
import { notFound, requireTenant } from '../permission';

export const renameTenantInput = z.strictObject({ name });

/** Gives the tenant another name. */
export async function renameTenant({
  ctx,
  tenantId,
  input,
}: Call<z.output<typeof renameTenantInput>> & { readonly tenantId: TenantId }): Promise<void> {
  requireTenant(ctx, tenantId, 'tenant.rename');
  await ctx.unitOfWork.transact(async (tx) => {
    await tx.tenants.lock(tenantId);
    const before = await tx.tenants.standing(tenantId);
    if (before === null) throw notFound('tenant');
    await tx.tenants.update(tenantId, { name: input.name });
    await tx.auditLog.append(
      auditEntry(ctx, {
        tenantId,
        action: 'tenant.rename',
        target: tenantId,
        before: { name: before.tenant.name },
        after: { name: input.name },
      }),
    );
  });
}
