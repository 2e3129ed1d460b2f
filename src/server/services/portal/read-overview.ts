import { TallygateError } from '../../domain/errors';
import { dayOf, monthOf, msToNextDay, msToNextMonth } from '../../domain/period';
import { ANY_TRANSACTION } from '../../domain/ports/portal';
import { mayMakeKeys } from '../keys/access';
import type { PortalContext } from './context';
import { presentTransaction, type TransactionView } from './transaction-view';

export interface PeriodUse {
  readonly used: number;
  /** Null: unlimited. */
  readonly limit: number | null;
  readonly spentNano: string;
  readonly resetsInMs: number;
}

/** Money in nano-USD, as strings. */
export interface Overview {
  readonly tenantName: string;
  readonly suspended: boolean;
  readonly balanceNano: string;
  readonly heldNano: string;
  /** Balance less what is held; may be negative within the credit limit. */
  readonly availableNano: string;
  readonly creditLimitNano: string;
  readonly inFlight: number;
  readonly today: PeriodUse;
  readonly month: PeriodUse;
  readonly recent: readonly TransactionView[];
  readonly exampleModel: string | null;
  /** Whether the role of the one who asks makes keys. */
  readonly mayMakeKeys: boolean;
}

const RECENT = 6;

/** Balance, today's and this month's use, and the last transactions of the tenant. */
export async function readOverview({ ctx }: { ctx: PortalContext }): Promise<Overview> {
  const [standing, spent, recent] = await Promise.all([
    ctx.portal.standing(ctx.tenantId),
    ctx.portal.spent(ctx.tenantId, dayOf(ctx.nowMs)),
    ctx.portal.transactions(ctx.tenantId, { ...ANY_TRANSACTION, before: null, limit: RECENT }),
  ]);
  if (standing === null) throw new TallygateError('not_found', 'There is no such tenant.');
  const isToday = standing.dailyDate >= dayOf(ctx.nowMs);
  const isThisMonth = standing.monthlyMonth >= monthOf(ctx.nowMs);
  return {
    tenantName: standing.name,
    suspended: standing.status === 'suspended',
    balanceNano: String(standing.balanceNano),
    heldNano: String(standing.heldNano),
    availableNano: String(standing.balanceNano - standing.heldNano),
    creditLimitNano: String(standing.creditLimitNano),
    inFlight: standing.inFlight,
    today: {
      used: isToday ? standing.dailyUsed : 0,
      limit: standing.dailyLimit,
      spentNano: String(spent.todayNano),
      resetsInMs: msToNextDay(ctx.nowMs),
    },
    month: {
      used: isThisMonth ? standing.monthlyUsed : 0,
      limit: standing.monthlyLimit,
      spentNano: String(spent.monthNano),
      resetsInMs: msToNextMonth(ctx.nowMs),
    },
    recent: recent.rows.map(presentTransaction),
    exampleModel: standing.exampleModel,
    mayMakeKeys: mayMakeKeys(ctx.actor),
  };
}
