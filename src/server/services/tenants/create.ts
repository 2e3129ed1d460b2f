import { z } from 'zod';
import { newTenantId, trustedTraceId } from '../../domain/ids';
import { auditEntry } from '../audit-entry';
import type { Call } from '../context';
import { bookCredit } from '../credits/book';
import { limit, name, nonNegativeNano } from '../fields';
import { notFound, requireOperator } from '../permission';
import { presentTenant, type TenantView } from './view';

export const createTenantInput = z.strictObject({
  name,
  balance: nonNegativeNano.optional(),
  creditLimit: nonNegativeNano.optional(),
  dailyLimit: limit(0),
  monthlyLimit: limit(0),
});

/** A new tenant. A balance to begin with is a topup row of its own, so that the ledger adds up. */
export async function createTenant({
  ctx,
  input,
}: Call<z.output<typeof createTenantInput>>): Promise<TenantView> {
  requireOperator(ctx);
  const id = newTenantId();
  const standing = await ctx.unitOfWork.transact(async (tx) => {
    await tx.tenants.create({ id, name: input.name });
    await tx.tenants.updateQuota(id, {
      creditLimitNano: input.creditLimit,
      dailyLimit: input.dailyLimit,
      monthlyLimit: input.monthlyLimit,
    });
    if (input.balance !== undefined && input.balance > 0n) {
      await bookCredit(tx, {
        tenantId: id,
        traceId: trustedTraceId(`opening-balance:${id}`),
        kind: 'topup',
        amountNano: input.balance,
        note: 'Opening balance',
        refundOf: null,
      });
    }
    const created = await tx.tenants.standing(id);
    if (created === null) throw notFound('tenant');
    await tx.auditLog.append(
      auditEntry(ctx, {
        tenantId: id,
        action: 'tenant.create',
        target: id,
        after: presentTenant(created),
      }),
    );
    return created;
  });
  await ctx.feed.quotaChanged(standing.quota, []);
  return presentTenant(standing);
}
