'use client';

import { useMemo, useState } from 'react';
import type { UsageLayer, UsageReport } from '@/server/services/portal/read-usage';
import { layerColour } from '../charts/layer-colour';
import { StackedBars } from '../charts/stacked-bars';
import { useLanguage } from '../i18n/provider';
import { formatSlot, formatTick } from '../ui/format-figures';
import { figureOf, heightsOf, isMean, type Metric, showFigure, showHeight } from './metric';

interface UsageChartProps {
  readonly report: UsageReport;
  readonly metric: Metric;
  readonly isCompared: boolean;
  /** Not where a table beside the chart says whose colour is whose. */
  readonly hasLegend?: boolean;
}

/** One bar an hour or a day, in layers by model or key, and what each comes to where it is pointed at. */
export function UsageChart(props: UsageChartProps) {
  const { report, metric, isCompared, hasLegend = true } = props;
  const language = useLanguage();
  const { locale, t } = language;
  const [active, setActive] = useState<number | null>(null);
  // The range may have become shorter under the pointer.
  const slot = active !== null && active < report.slots.length ? active : null;
  const layers = useLayers(report, metric);
  const totals = heightsOf(report.series, metric);
  const before = heightsOf(report.seriesBefore, metric);
  const ticks = useMemo(() => {
    const hasDays = report.slots.length > 24;
    return report.slots.map((each) => formatTick(each, locale, hasDays));
  }, [report.slots, locale]);
  const show = (value: number) => showHeight(value, metric, language);
  const nameOf = (at: number) => formatSlot(report.slots[at] ?? '', locale);
  return (
    <figure className="p-4 sm:p-5">
      <figcaption className="mb-4 flex min-h-7 flex-wrap items-baseline gap-x-2.5 gap-y-1">
        <span className="figures font-semibold text-xl tracking-tight">
          {slot === null
            ? showFigure(figureOf(report.now, metric), metric, language)
            : show(totals[slot] ?? 0)}
        </span>
        <span className="figures text-ink-2">
          {slot === null ? rangeText(report, locale) : `${nameOf(slot)} UTC`}
        </span>
        {isCompared ? (
          <span className="figures inline-flex items-center gap-1.5 text-ink-2 sm:ml-auto">
            <span className="h-0.5 w-3.5 bg-ink-3" aria-hidden="true" />
            {slot === null
              ? t('usage.beforeWas', {
                  figure: showFigure(figureOf(report.before, metric), metric, language),
                })
              : t('usage.beforeWas', { figure: show(before[slot] ?? 0) })}
          </span>
        ) : null}
      </figcaption>
      <StackedBars
        label={t('usage.chart', { metric: t(`usage.${metric}`) })}
        ticks={ticks}
        layers={layers.map(({ id, fill, values }) => ({ id, fill, values }))}
        marks={isCompared ? before : null}
        formatAxis={show}
        textOf={(at) => `${nameOf(at)}: ${show(totals[at] ?? 0)}`}
        active={slot}
        onActive={setActive}
      />
      {hasLegend && layers.length > 1 ? (
        <ul className="mt-4 flex flex-wrap gap-x-5 gap-y-1.5 pl-15 text-sm">
          {layers.map((layer) => (
            <li key={layer.id} className="inline-flex min-w-0 items-center gap-2">
              <span className={`size-2.5 shrink-0 rounded-sm ${layer.swatch}`} aria-hidden="true" />
              <span className="truncate text-ink-2">{layer.name}</span>
              <span className="figures">
                {show(slot === null ? sumOf(layer.values) : (layer.values[slot] ?? 0))}
              </span>
            </li>
          ))}
        </ul>
      ) : null}
    </figure>
  );
}

/** Where there is nothing to tell apart, or no sum to be made, one layer. */
function useLayers(report: UsageReport, metric: Metric) {
  const { t } = useLanguage();
  if (report.layers.length === 0 || isMean(metric)) {
    const values = heightsOf(report.series, metric);
    return [{ id: 'all', name: '', values, ...layerColour(0) }];
  }
  const nameOf = ({ id, name }: UsageLayer) =>
    id === null ? t('usage.others') : (name ?? t('usage.unknownKey'));
  return report.layers.map((layer, at) => ({
    id: layer.id ?? '',
    name: nameOf(layer),
    values: heightsOf(layer.series, metric),
    ...layerColour(layer.id === null ? Number.POSITIVE_INFINITY : at),
  }));
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

function rangeText({ slots }: UsageReport, locale: Parameters<typeof formatSlot>[1]): string {
  const [first = '', last = ''] = [slots[0], slots.at(-1)];
  return `${formatSlot(first, locale)} – ${formatSlot(last, locale)} UTC`;
}
