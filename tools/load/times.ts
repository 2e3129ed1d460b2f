import { type Percentiles, percentilesOf } from '../bench/figures/statistics';
import { type Bucket, quantileOf, readBuckets, since } from './histogram';

/** What the gateway's own time may be. */
export const P99_MS_MAX = 100;
const OWN_TIME = ['quota_check_duration_ms', 'billing_duration_ms'] as const;

/** Percentiles in milliseconds. */
export interface Times {
  readonly whole: Percentiles;
  readonly steps: readonly Percentiles[];
  /** The sums of both steps': an upper bound, since one request seldom meets the worst of both. */
  readonly own: Percentiles;
}

/** Of whole requests as their users saw them, and of the metrics' texts before and after the run. */
export function timesOf(tookMs: readonly number[], before: string, after: string): Times {
  const of = (buckets: readonly Bucket[]): Percentiles => ({
    p50: quantileOf(buckets, 0.5),
    p95: quantileOf(buckets, 0.95),
    p99: quantileOf(buckets, 0.99),
  });
  const steps = OWN_TIME.map((name) =>
    of(since(readBuckets(before, name), readBuckets(after, name))),
  );
  const sum = (share: keyof Percentiles) => steps.reduce((total, step) => total + step[share], 0);
  return {
    whole: percentilesOf(tookMs),
    steps,
    own: { p50: sum('p50'), p95: sum('p95'), p99: sum('p99') },
  };
}

export function timeLines(answers: number, { whole, steps, own }: Times, tookMs: number): string[] {
  const show = ({ p50, p95, p99 }: Percentiles) => `p50 ${ms(p50)}  p95 ${ms(p95)}  p99 ${ms(p99)}`;
  return [
    `${answers} answers, ${((answers / tookMs) * 1_000).toFixed(1)} a second`,
    `whole request:  ${show(whole)}`,
    ...steps.map((step, index) => `${OWN_TIME[index]}:  ${show(step)}`),
    `the gateway's own time, both:  ${show(own)} (p99 must be below ${P99_MS_MAX} ms)`,
  ];
}

export const ms = (value: number): string => `${value.toFixed(1)} ms`;
