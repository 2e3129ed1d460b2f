/** One cumulative bucket: so many were at or below the bound. */
export interface Bucket {
  readonly bound: number;
  readonly count: number;
}

/** As Prometheus's histogram_quantile: linear within the bucket. Infinity where nothing was counted. */
export function quantileOf(buckets: readonly Bucket[], share: number): number {
  const all = Math.max(0, ...buckets.map(({ count }) => count));
  if (all === 0) return Number.POSITIVE_INFINITY;
  const wanted = share * all;
  let below: Bucket = { bound: 0, count: 0 };
  for (const bucket of buckets) {
    if (bucket.count >= wanted) {
      const within = (wanted - below.count) / Math.max(bucket.count - below.count, 1);
      return below.bound + (bucket.bound - below.bound) * within;
    }
    below = bucket;
  }
  return Number.POSITIVE_INFINITY;
}

/** The buckets of a histogram without labels in a Prometheus text; none: an empty list. */
export function readBuckets(text: string, name: string): Bucket[] {
  const line = new RegExp(`^${name}_bucket\\{le="([^"]+)"\\} (\\S+)$`, 'gm');
  return [...text.matchAll(line)].map(([, bound, count]) => ({
    bound: bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound),
    count: Number(count),
  }));
}

/** What came in between two readings. */
export const since = (before: readonly Bucket[], after: readonly Bucket[]): Bucket[] =>
  after.map(({ bound, count }, index) => ({ bound, count: count - (before[index]?.count ?? 0) }));
