import type { Locale, Translate } from '@/messages';
import type { UsageFigures, UsageSeries } from '@/server/services/portal/usage-series';
import { formatCompact, formatMs, formatPercent, formatRoundUsd } from '../ui/format-figures';

export const METRICS = ['spend', 'requests', 'tokens', 'failed', 'latency', 'firstByte'] as const;
export type Metric = (typeof METRICS)[number];

export const metricOf = (text: string): Metric =>
  METRICS.find((metric) => metric === text) ?? 'spend';

/** A mean of parts is not their sum: these are drawn as one layer. */
export const isMean = (metric: Metric): boolean => metric === 'latency' || metric === 'firstByte';

/** A series as heights. Nano-USD may lose its last digits here, which no eye can see. */
export function heightsOf(series: UsageSeries, metric: Metric): readonly number[] {
  switch (metric) {
    case 'spend':
      return series.spendNano.map(Number);
    case 'requests':
      return series.requests;
    case 'tokens':
      return series.tokens;
    case 'failed':
      return series.failed;
    case 'latency':
      return series.latencyMs.map((ms) => ms ?? 0);
    case 'firstByte':
      return series.firstByteMs.map((ms) => ms ?? 0);
  }
}

/** The one figure of a metric; null: there is none, since nothing was timed or asked. */
export function figureOf(figures: UsageFigures, metric: Metric): number | null {
  switch (metric) {
    case 'spend':
      return Number(figures.spendNano);
    case 'requests':
      return figures.requests;
    case 'tokens':
      return figures.inputTokens + figures.outputTokens;
    case 'failed':
      return failedShare(figures);
    case 'latency':
      return figures.latencyMs;
    case 'firstByte':
      return figures.firstByteMs;
  }
}

/** Of what was admitted, from 0 to 1. */
function failedShare({ requests, failed }: UsageFigures): number | null {
  return requests + failed === 0 ? null : failed / (requests + failed);
}

/** A figure rounded to what a glance takes in. */
export function showFigure(
  value: number | null,
  metric: Metric,
  { locale, t }: { locale: Locale; t: Translate },
): string {
  if (value === null) return '–';
  switch (metric) {
    case 'spend':
      return formatRoundUsd(value, locale);
    case 'requests':
    case 'tokens':
      return formatCompact(value, locale);
    case 'failed':
      return formatPercent(value, locale);
    case 'latency':
    case 'firstByte':
      return formatMs(value, t);
  }
}

/** What a bar of a chart comes to: failures are counted there, not a share. */
export const showHeight = (
  value: number,
  metric: Metric,
  language: { locale: Locale; t: Translate },
): string => showFigure(value, metric === 'failed' ? 'requests' : metric, language);

/** By what share a figure has changed; null where there is nothing to compare it with. */
export function changeOf(now: UsageFigures, before: UsageFigures, metric: Metric): number | null {
  const [value, was] = [figureOf(now, metric), figureOf(before, metric)];
  return value === null || was === null || was === 0 ? null : value / was - 1;
}
