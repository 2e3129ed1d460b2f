import type { Budget } from '../../domain/ports/budgets';

/** The thresholds that a spend has reached, ascending. */
export const reachedBy = (
  { amountNano, thresholds }: Pick<Budget, 'amountNano' | 'thresholds'>,
  spentNano: bigint,
): readonly number[] =>
  thresholds.filter((threshold) => spentNano * 100n >= amountNano * BigInt(threshold));
