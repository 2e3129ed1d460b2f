/** The value below which `share` of an ascending list lies; 0 for an empty one. */
export function percentile(ascending: ArrayLike<number>, share: number): number {
  if (ascending.length === 0) return 0;
  const rank = Math.ceil(share * ascending.length) - 1;
  return ascending[Math.min(Math.max(rank, 0), ascending.length - 1)] ?? 0;
}

/** The middle of the values, or the mean of the two middle ones. Throws for none. */
export function median(values: readonly number[]): number {
  const ascending = [...values].sort((a, b) => a - b);
  const middle = Math.floor(ascending.length / 2);
  const upper = ascending[middle];
  if (upper === undefined) throw new Error('There is no median of nothing.');
  const lower = ascending.length % 2 === 0 ? ascending[middle - 1] : upper;
  return (upper + (lower ?? upper)) / 2;
}

/** A figure over several rounds. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Median with the least and the most. Throws for no values. */
export const spreadOf = (values: readonly number[]): Spread => ({
  median: median(values),
  min: Math.min(...values),
  max: Math.max(...values),
});

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** p50, p95 and p99 of values in any order. */
export function percentilesOf(values: Iterable<number>): Percentiles {
  const ascending = Float64Array.from(values).sort();
  return {
    p50: percentile(ascending, 0.5),
    p95: percentile(ascending, 0.95),
    p99: percentile(ascending, 0.99),
  };
}
