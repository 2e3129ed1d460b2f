import { z } from 'zod';
import { parseTenantId, type TenantId } from '../../domain/ids';
import { type Repositories, TENANT_STATUSES } from '../../domain/ports/repositories';
import { auditEntry } from '../audit-entry';
import type { Call } from '../context';
import { limit, name, nonNegativeNano, requiredOr } from '../fields';
import { notFound, requireOperator } from '../permission';
import { presentTenant, type TenantView } from './view';

export const updateTenantInput = z.strictObject({
  tenantId: z.string(),
  name: name.optional(),
  status: z
    .enum(TENANT_STATUSES, { error: requiredOr(`must be one of ${TENANT_STATUSES.join(', ')}`) })
    .optional(),
  creditLimit: nonNegativeNano.optional(),
  dailyLimit: limit(0),
  monthlyLimit: limit(0),
});

type Input = z.output<typeof updateTenantInput>;

/** Changes the fields that are given; a limit of null means unlimited. Reaches replicas at once. */
export async function updateTenant({ ctx, input }: Call<Input>): Promise<TenantView> {
  requireOperator(ctx);
  const tenantId = parseTenantId(input.tenantId);
  if (tenantId === null) throw notFound('tenant');
  const { before, after } = await ctx.unitOfWork.transact(async (tx) => {
    await tx.tenants.lock(tenantId);
    const before = await tx.tenants.standing(tenantId);
    if (before === null) throw notFound('tenant');
    await applyChange(tx, tenantId, input);
    const after = await tx.tenants.standing(tenantId);
    if (after === null) throw notFound('tenant');
    await tx.auditLog.append(
      auditEntry(ctx, {
        tenantId,
        action: 'tenant.update',
        target: tenantId,
        before: presentTenant(before),
        after: presentTenant(after),
      }),
    );
    return { before, after };
  });
  if (before.quota.version !== after.quota.version) await ctx.feed.quotaChanged(after.quota, []);
  if (before.tenant.status !== after.tenant.status) await ctx.feed.keysChanged();
  return presentTenant(after);
}

async function applyChange(tx: Repositories, tenantId: TenantId, input: Input): Promise<void> {
  const { name, status, creditLimit, dailyLimit, monthlyLimit } = input;
  if (name !== undefined || status !== undefined) {
    await tx.tenants.update(tenantId, {
      ...(name === undefined ? {} : { name }),
      ...(status === undefined ? {} : { status }),
    });
  }
  if (creditLimit !== undefined || dailyLimit !== undefined || monthlyLimit !== undefined) {
    await tx.tenants.updateQuota(tenantId, {
      creditLimitNano: creditLimit,
      dailyLimit,
      monthlyLimit,
    });
  }
}
