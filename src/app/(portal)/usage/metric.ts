import { formatCount, formatMoney } from '@/components/ui/format';
import type { UsageDayView } from '@/server/services/portal/read-usage';

export const METRICS = ['spend', 'requests', 'tokens'] as const;
export type Metric = (typeof METRICS)[number];

/** Nano-USD for spend, a count for the others. */
export function metricOf(day: UsageDayView, metric: Metric): bigint {
  if (metric === 'spend') return BigInt(day.spendNano);
  if (metric === 'requests') return BigInt(day.requests);
  return BigInt(day.inputTokens) + BigInt(day.outputTokens);
}

export const showMetric = (value: bigint, metric: Metric): string =>
  metric === 'spend' ? formatMoney(String(value)) : formatCount(value);

export const sumOf = (days: readonly UsageDayView[], metric: Metric): bigint =>
  days.reduce((sum, day) => sum + metricOf(day, metric), 0n);
