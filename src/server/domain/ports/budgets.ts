import type { TenantId } from '../ids';
import type { Nano } from '../money';
import type { Month } from '../period';
import type { Language } from './letters';

export const MAIL_CHOICES = ['managers', 'chosen', 'nobody'] as const;
/** Who is written to: owners and admins, those who are named, or nobody. */
export type MailChoice = (typeof MAIL_CHOICES)[number];

export interface Budget {
  readonly amountNano: Nano;
  /** Percent, ascending, each once. */
  readonly thresholds: readonly number[];
  readonly mail: MailChoice;
  readonly mailTo: readonly string[];
  readonly language: Language;
}

/** COMMITTED charges of a month so far, by the day that they count in. */
export interface MonthSpend {
  readonly month: Month;
  readonly spentNano: Nano;
}

export interface ReachedThreshold {
  readonly threshold: number;
  readonly reachedAt: Date;
}

export interface BudgetRepository {
  find(tenantId: TenantId): Promise<Budget | null>;
  /** Keeps other checks and changes of this budget waiting until the transaction ends. */
  lock(tenantId: TenantId): Promise<Budget | null>;
  put(tenantId: TenantId, budget: Budget): Promise<void>;
  /** False when there is none. */
  remove(tenantId: TenantId): Promise<boolean>;
  /** Of the current UTC month, by the database's clock. */
  spend(tenantId: TenantId): Promise<MonthSpend>;
  /** Tenants that have reached a threshold of this month which nobody was told of. */
  due(): Promise<readonly TenantId[]>;
  /** Writes thresholds down as told; returns those that were not yet. */
  markReached(
    tenantId: TenantId,
    budget: Pick<Budget, 'amountNano'>,
    spend: MonthSpend,
    thresholds: readonly number[],
  ): Promise<readonly number[]>;
  /** What was told of this month's budget of that amount. */
  reached(tenantId: TenantId, month: Month, amountNano: Nano): Promise<readonly ReachedThreshold[]>;
}
