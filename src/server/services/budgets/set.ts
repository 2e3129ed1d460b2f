import { z } from 'zod';
import type { TenantId } from '../../domain/ids';
import { type Budget, MAIL_CHOICES } from '../../domain/ports/budgets';
import { takeAttempt } from '../accounts/limits';
import { auditEntry } from '../audit-entry';
import type { Call } from '../context';
import { nano } from '../fields';
import { notFound, requireTenant } from '../permission';

const THRESHOLDS_MAX = 10;
const PERCENT_MAX = 1_000;
const thresholdsText = `must be 1 to ${THRESHOLDS_MAX} different whole percentages from 1 to ${PERCENT_MAX}`;

export const setBudgetInput = z.strictObject({
  amount: nano.refine((value) => value > 0n, 'must be more than nothing'),
  thresholds: z
    .array(z.int(thresholdsText).min(1, thresholdsText).max(PERCENT_MAX, thresholdsText))
    .min(1, thresholdsText)
    .max(THRESHOLDS_MAX, thresholdsText)
    .refine((list) => new Set(list).size === list.length, thresholdsText),
  mail: z.enum(MAIL_CHOICES),
  /** Accounts; those that are no members are left out when somebody is written to. */
  mailTo: z.array(z.uuid()).max(100).default([]),
});

type Input = z.output<typeof setBudgetInput>;

/**
 * Sets or changes the budget. It holds from now on for this month, too: what is reached already is told
 * with the next look, once. Another amount is told anew, so that it counts among the calls that
 * somebody causes by hand: throws `rate_limit_exceeded`.
 */
export async function setBudget({
  ctx,
  tenantId,
  input,
}: Call<Input> & { readonly tenantId: TenantId }): Promise<void> {
  requireTenant(ctx, tenantId, 'budget.manage');
  const budget: Budget = {
    amountNano: input.amount,
    thresholds: input.thresholds.toSorted((a, b) => a - b),
    mail: input.mail,
    mailTo: input.mail === 'chosen' ? input.mailTo : [],
    language: ctx.language,
  };
  await ctx.unitOfWork.transact(async (tx) => {
    await tx.tenants.lock(tenantId);
    const before = await tx.budgets.lock(tenantId);
    if (before?.amountNano !== budget.amountNano) await takeAttempt(ctx, 'webhook', tenantId);
    await tx.budgets.put(tenantId, budget);
    await tx.auditLog.append(
      auditEntry(ctx, {
        tenantId,
        action: 'budget.set',
        target: tenantId,
        before: before === null ? null : forAudit(before),
        after: forAudit(budget),
      }),
    );
  });
}

/** Takes the budget away: nothing is told any more. Throws `not_found` where there is none. */
export async function removeBudget({
  ctx,
  tenantId,
}: Pick<Call, 'ctx'> & { readonly tenantId: TenantId }): Promise<void> {
  requireTenant(ctx, tenantId, 'budget.manage');
  await ctx.unitOfWork.transact(async (tx) => {
    const before = await tx.budgets.lock(tenantId);
    if (before === null || !(await tx.budgets.remove(tenantId))) throw notFound('budget');
    await tx.auditLog.append(
      auditEntry(ctx, {
        tenantId,
        action: 'budget.remove',
        target: tenantId,
        before: forAudit(before),
      }),
    );
  });
}

const forAudit = ({ amountNano, thresholds, mail, mailTo }: Budget) => ({
  amount: String(amountNano),
  thresholds,
  mail,
  mailTo,
});
