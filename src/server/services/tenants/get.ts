import { z } from 'zod';
import { parseTenantId } from '../../domain/ids';
import type { Call } from '../context';
import { notFound, requireTenant } from '../permission';
import { presentTenant, type TenantView } from './view';

export const getTenantInput = z.strictObject({ tenantId: z.string() });

/** A tenant with its balance, holds and counters in one snapshot. Unknown or foreign: not_found. */
export async function getTenant({
  ctx,
  input,
}: Call<z.output<typeof getTenantInput>>): Promise<TenantView> {
  const tenantId = parseTenantId(input.tenantId);
  if (tenantId === null) throw notFound('tenant');
  requireTenant(ctx, tenantId, 'tenant.read');
  const standing = await ctx.unitOfWork.transact((tx) => tx.tenants.standing(tenantId));
  if (standing === null) throw notFound('tenant');
  return presentTenant(standing);
}
