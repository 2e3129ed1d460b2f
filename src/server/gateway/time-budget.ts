/** How long a round of background work may begin anything new. */
export interface TimeBudget {
  isUp(): boolean;
  /** Where a round over so many begins: anywhere, so that each has its turn although none is whole. */
  beginAt(count: number): number;
}

export const UNBOUNDED: TimeBudget = { isUp: () => false, beginAt: () => 0 };

/** So many milliseconds from now. */
export function timeBudget(budgetMs: number): TimeBudget {
  const untilMs = performance.now() + budgetMs;
  return {
    isUp: () => performance.now() >= untilMs,
    beginAt: (count) => Math.floor(Math.random() * count),
  };
}
