import { z } from 'zod';
import { dayOf, monthOf } from '../../domain/period';
import { TENANT_STATUSES, type TenantStanding } from '../../domain/ports/repositories';

/** A tenant as the operator sees it. Money is nano-USD in strings; null means unlimited. */
export const tenantView = z.object({
  id: z.string(),
  name: z.string(),
  status: z.enum(TENANT_STATUSES),
  createdAt: z.string(),
  balance: z.string().meta({ description: 'The ledger’s balance, holds not taken off.' }),
  held: z.string().meta({ description: 'What requests in flight have set aside.' }),
  available: z.string().meta({ description: 'balance + creditLimit − held' }),
  creditLimit: z.string(),
  dailyLimit: z.number().nullable(),
  dailyUsed: z.number(),
  dailyDate: z.string(),
  monthlyLimit: z.number().nullable(),
  monthlyUsed: z.number(),
  monthlyMonth: z.string(),
  version: z.number(),
});
export type TenantView = z.output<typeof tenantView>;

/** Counters of a day or month that is over show as zero of the current one (UTC). */
export function presentTenant(
  { tenant, quota, heldNano }: TenantStanding,
  nowMs: number = Date.now(),
): TenantView {
  const today = dayOf(nowMs);
  const month = monthOf(nowMs);
  const isDayOver = quota.dailyDate < today;
  const isMonthOver = quota.monthlyMonth < month;
  return {
    id: tenant.id,
    name: tenant.name,
    status: tenant.status,
    createdAt: tenant.createdAt.toISOString(),
    balance: String(quota.balanceNano),
    held: String(heldNano),
    available: String(quota.balanceNano + quota.creditLimitNano - heldNano),
    creditLimit: String(quota.creditLimitNano),
    dailyLimit: quota.dailyLimit,
    dailyUsed: isDayOver ? 0 : quota.dailyUsed,
    dailyDate: isDayOver ? today : quota.dailyDate,
    monthlyLimit: quota.monthlyLimit,
    monthlyUsed: isMonthOver ? 0 : quota.monthlyUsed,
    monthlyMonth: isMonthOver ? month : quota.monthlyMonth,
    version: quota.version,
  };
}
