import type { TenantId } from '../../domain/ids';
import { endOfMonth } from '../../domain/period';
import { may } from '../../domain/permissions';
import type { Budget, MailChoice } from '../../domain/ports/budgets';
import type { Repositories } from '../../domain/ports/repositories';
import type { Role } from '../../domain/ports/sign-in';
import type { ServiceContext } from '../context';
import { requireTenant } from '../permission';

export interface BudgetView {
  readonly amountNano: string;
  readonly thresholds: readonly {
    readonly percent: number;
    /** When it was reached this month; null: not yet. */
    readonly reachedAt: string | null;
  }[];
  readonly mail: MailChoice;
  readonly mailTo: readonly string[];
}

export interface BudgetReader {
  readonly accountId: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
}

export interface BudgetPage {
  /** Null: none is set. */
  readonly budget: BudgetView | null;
  /** COMMITTED charges of this UTC month. */
  readonly spentNano: string;
  readonly resetsAt: string;
  /** Where webhooks go: the whole address for whoever may change it, else its host. Null: nowhere. */
  readonly webhook: string | null;
  readonly mayChange: boolean;
  /** False: no mail server is set, and alerts go by webhook alone. */
  readonly isMailed: boolean;
  /** Who could be written to. */
  readonly members: readonly BudgetReader[];
}

/** The tenant's own budget for a month, how far it is used, and who hears of it. */
export async function readBudget({
  ctx,
  tenantId,
}: {
  readonly ctx: ServiceContext;
  readonly tenantId: TenantId;
}): Promise<BudgetPage> {
  requireTenant(ctx, tenantId, 'tenant.read');
  const { actor } = ctx;
  const mayChange = actor.kind !== 'account' || may(actor.role, 'budget.manage');
  return await ctx.unitOfWork.transact(async (tx) => {
    const budget = await tx.budgets.find(tenantId);
    const { month, spentNano } = await tx.budgets.spend(tenantId);
    const endpoint = await tx.webhooks.find(tenantId);
    const members = await tx.members.list(tenantId);
    return {
      budget: budget === null ? null : await present(tx, tenantId, budget, month),
      spentNano: String(spentNano),
      resetsAt: new Date(endOfMonth(month)).toISOString(),
      webhook: endpoint === null ? null : mayChange ? endpoint.url : new URL(endpoint.url).host,
      mayChange,
      isMailed: ctx.identity.post.isOpen,
      members: members.map(({ accountId, name, email, role }) => ({
        accountId,
        name,
        email,
        role,
      })),
    };
  });
}

async function present(
  tx: Repositories,
  tenantId: TenantId,
  { amountNano, thresholds, mail, mailTo }: Budget,
  month: Parameters<typeof endOfMonth>[0],
): Promise<BudgetView> {
  const reached = await tx.budgets.reached(tenantId, month, amountNano);
  return {
    amountNano: String(amountNano),
    thresholds: thresholds.map((percent) => ({
      percent,
      reachedAt: reached.find((one) => one.threshold === percent)?.reachedAt.toISOString() ?? null,
    })),
    mail,
    mailTo,
  };
}
