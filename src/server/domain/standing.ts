import type { Nano } from './money';
import type { Day, Month } from './period';
import type { KeyQuotaType, QuotaRow } from './quota';

/** All that an admission depends on, read at one instant. */
export interface Standing {
  readonly nowMs: number;
  readonly day: Day;
  readonly month: Month;
  readonly quota: QuotaRow;
  readonly heldNano: Nano;
  readonly openToday: number;
  readonly openThisMonth: number;
  readonly key: {
    readonly open: number;
    /** What the last minute took. */
    readonly requestsPerMinute: number;
    readonly tokensPerMinute: number;
    readonly rateFreeInMs: number;
    /** Used in the current period, open holds included. */
    readonly used: ReadonlyMap<KeyQuotaType, bigint>;
  };
}

/** The balance with its credit, less what is held: what is left to spend. */
export const spendableNano = ({ quota, heldNano }: Standing): Nano =>
  quota.balanceNano + quota.creditLimitNano - heldNano;

/** Requests of today, open ones included. */
export const usedToday = ({ quota, openToday, day }: Standing): number =>
  openToday + (quota.dailyDate === day ? quota.dailyUsed : 0);

export const usedThisMonth = ({ quota, openThisMonth, month }: Standing): number =>
  openThisMonth + (quota.monthlyMonth === month ? quota.monthlyUsed : 0);
