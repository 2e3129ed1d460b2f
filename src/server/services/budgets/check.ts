import type { TenantId } from '../../domain/ids';
import { endOfMonth } from '../../domain/period';
import type { Budget, MonthSpend } from '../../domain/ports/budgets';
import type { Repositories } from '../../domain/ports/repositories';
import type { ServiceContext } from '../context';
import { putWebhook } from '../outbox/put-webhook';
import { reachedBy } from './threshold';

/**
 * Tells tenants of thresholds that this month's spend has reached; returns how many were told. Each is
 * told once for a month and an amount, whatever instance looks first: it is written down, and the
 * messages put into the outbox, in one transaction under the budget's row. One that cannot be told is
 * handed to `onFault` and looked at again with the next round; the others are told all the same.
 */
export async function checkBudgets(
  ctx: ServiceContext,
  onFault: (cause: unknown, tenantId: TenantId) => void,
): Promise<number> {
  const due = await ctx.unitOfWork.transact((tx) => tx.budgets.due());
  let told = 0;
  for (const tenantId of due) {
    try {
      const isTold = await ctx.unitOfWork.transact((tx) => checkBudget(ctx, tx, tenantId));
      if (isTold) told += 1;
    } catch (cause) {
      onFault(cause, tenantId);
    }
  }
  return told;
}

async function checkBudget(
  ctx: ServiceContext,
  tx: Repositories,
  tenantId: TenantId,
): Promise<boolean> {
  const budget = await tx.budgets.lock(tenantId);
  if (budget === null) return false;
  const spend = await tx.budgets.spend(tenantId);
  const reached = reachedBy(budget, spend.spentNano);
  const fresh = await tx.budgets.markReached(tenantId, budget, spend, reached);
  // Several at once are one message, about the highest; a lower one that was added later is none.
  const highest = reached.at(-1);
  if (highest === undefined || !fresh.includes(highest)) return false;
  await tell(ctx, tx, tenantId, { budget, spend, threshold: highest });
  return true;
}

interface Alert {
  readonly budget: Budget;
  readonly spend: MonthSpend;
  readonly threshold: number;
}

async function tell(
  ctx: ServiceContext,
  tx: Repositories,
  tenantId: TenantId,
  { budget, spend, threshold }: Alert,
): Promise<void> {
  const { amountNano } = budget;
  const { month, spentNano } = spend;
  const letter = {
    kind: 'budget_reached',
    url: ctx.identity.pageUrl('/limits'),
    tenantName: (await tx.tenants.standing(tenantId))?.tenant.name ?? '',
    threshold,
    spentNano,
    amountNano,
    month,
  } as const;
  for (const email of await readersOf(tx, tenantId, budget)) {
    await ctx.identity.post.tell(tx, tenantId, email, budget.language, letter);
  }
  await putWebhook(ctx, tx, tenantId, 'budget.threshold_reached', {
    tenantId,
    month,
    thresholdPercent: threshold,
    budget: String(amountNano),
    spent: String(spentNano),
    resetsAt: new Date(endOfMonth(month)).toISOString(),
  });
}

/** Those who were chosen and still belong to the tenant; where none does, who manages it. */
async function readersOf(
  tx: Repositories,
  tenantId: TenantId,
  { mail, mailTo }: Budget,
): Promise<readonly string[]> {
  if (mail === 'nobody') return [];
  const members = await tx.members.list(tenantId);
  const chosen = members.filter((member) => mail === 'chosen' && mailTo.includes(member.accountId));
  const managers = members.filter(({ role }) => role === 'owner' || role === 'admin');
  return (chosen.length === 0 ? managers : chosen).map(({ email }) => email);
}
