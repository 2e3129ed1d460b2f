'use client';

import { useId } from 'react';
import type { UsageReport } from '@/server/services/portal/read-usage';
import { useLanguage } from '../i18n/provider';
import { formatCount } from '../ui/format';
import { formatSlot } from '../ui/format-figures';
import { Change } from './change';
import { changeOf, figureOf, METRICS, type Metric, showFigure } from './metric';

interface FigureTilesProps {
  readonly report: UsageReport;
  readonly metric: Metric;
  readonly onMetric: (metric: Metric) => void;
}

/** The figures of a range, each beside the period before; one of them is what the chart shows. */
export function FigureTiles({ report, metric, onMetric }: FigureTilesProps) {
  const { t } = useLanguage();
  return (
    <fieldset className="grid grid-cols-2 gap-px bg-line *:bg-surface @xl:grid-cols-3 @4xl:grid-cols-6">
      <legend className="sr-only">{t('usage.metric')}</legend>
      {METRICS.map((one) => (
        <FigureTile
          key={one}
          report={report}
          metric={one}
          isChosen={one === metric}
          onChoose={() => onMetric(one)}
        />
      ))}
    </fieldset>
  );
}

function FigureTile(props: {
  report: UsageReport;
  metric: Metric;
  isChosen: boolean;
  onChoose: () => void;
}) {
  const { report, metric, isChosen, onChoose } = props;
  const language = useLanguage();
  const { locale, t } = language;
  const noteId = useId();
  const change = changeOf(report.now, report.before, metric);
  return (
    <label className="group relative flex cursor-pointer flex-col px-4 py-3.5 transition-colors hover:bg-sunken/60 has-focus-visible:z-10 has-focus-visible:outline-2 has-focus-visible:outline-ring has-focus-visible:-outline-offset-2 sm:first:pl-5">
      <input
        type="radio"
        name="metric"
        value={metric}
        checked={isChosen}
        onChange={onChoose}
        aria-label={t(`usage.${metric}`)}
        aria-describedby={noteId}
        className="absolute inset-0 cursor-pointer appearance-none opacity-0"
      />
      <span
        aria-hidden="true"
        className="absolute inset-x-0 bottom-0 h-0.5 bg-transparent group-has-checked:bg-accent"
      />
      <span className="text-ink-2 text-sm group-has-checked:text-ink">{t(`usage.${metric}`)}</span>
      <span id={noteId} className="contents">
        <span
          data-testid={`figure-${metric}`}
          className="figures mt-1 font-semibold text-xl tracking-tight"
        >
          {showFigure(figureOf(report.now, metric), metric, language)}
        </span>
        <span
          className="mt-1 flex min-h-5 items-center text-ink-2 text-sm"
          title={t('usage.against', {
            first: formatSlot(report.beforeEnds.first, locale),
            last: formatSlot(report.beforeEnds.last, locale),
          })}
        >
          {metric === 'failed' && report.now.failed > 0 ? (
            t('usage.failedOf', {
              failed: formatCount(report.now.failed),
              all: formatCount(report.now.failed + report.now.requests),
            })
          ) : change === null ? null : (
            <Change share={change} />
          )}
        </span>
      </span>
    </label>
  );
}
