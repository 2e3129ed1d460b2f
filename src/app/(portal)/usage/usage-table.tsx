'use client';

import { useState } from 'react';
import { layerColour } from '@/components/charts/layer-colour';
import { Money, restDigits } from '@/components/data/money';
import { useLanguage, useT } from '@/components/i18n/provider';
import { Button } from '@/components/ui/button';
import { formatCount } from '@/components/ui/format';
import { formatMs, formatSlot } from '@/components/ui/format-figures';
import { Change } from '@/components/usage/change';
import { changeOf, figureOf, type Metric, showFigure } from '@/components/usage/metric';
import type { UsageBy, UsageReport, UsageRow } from '@/server/services/portal/read-usage';
import type { UsageFigures } from '@/server/services/portal/usage-series';

const PAGE = 31;
const CELL =
  'figures px-1.5 py-2 text-right sm:px-2.5 first:pl-4 first:text-left last:pr-4 sm:first:pl-5 sm:last:pr-5';
const HEAD = `${CELL} whitespace-nowrap py-2.5 font-medium text-ink-2 text-xs`;
/** By the table's own width. */
const MEDIUM = 'hidden @xl:table-cell';
const WIDE = 'hidden @3xl:table-cell';

interface UsageTableProps {
  readonly report: UsageReport;
  readonly metric: Metric;
  readonly isCompared: boolean;
}

/** The figures behind the chart: of each day or hour, newest first, or model or key, largest first. */
export function UsageTable({ report, metric, isCompared }: UsageTableProps) {
  const t = useT();
  // Not what is asked for now: the answer to that may be on its way.
  const { by } = report;
  const [page, setPage] = useState(0);
  const isTime = by === 'day' || by === 'hour';
  const rows = isTime ? report.rows.toReversed() : report.rows;
  const pages = Math.max(1, Math.ceil(rows.length / PAGE));
  const at = Math.min(page, pages - 1);
  const align = restDigits([report.now.spendNano, ...rows.map(({ now }) => now.spendNano)]);
  const layers = report.layers.map(({ id }) => id);
  return (
    <div className="@container">
      <table aria-label={t('usage.table', { by: t(`usage.by.${by}`) })} className="w-full">
        <thead className="border-line border-b">
          <tr>
            <th scope="col" className={HEAD}>
              {isTime ? t('usage.utc', { by: t(`usage.by.${by}`) }) : t(`usage.by.${by}`)}
            </th>
            <th scope="col" className={`${HEAD} ${isCompared ? MEDIUM : ''}`}>
              {t('usage.requests')}
            </th>
            <th scope="col" className={`${HEAD} ${WIDE}`}>
              {t('usage.failed')}
            </th>
            <th scope="col" className={`${HEAD} ${MEDIUM}`}>
              {t('usage.input')}
            </th>
            <th scope="col" className={`${HEAD} ${MEDIUM}`}>
              {t('usage.output')}
            </th>
            <th scope="col" className={`${HEAD} ${WIDE}`}>
              {t('usage.latency')}
            </th>
            <th scope="col" className={HEAD}>
              {t('usage.spend')}
            </th>
            {isCompared ? <CompareHeads metric={metric} /> : null}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {rows.slice(at * PAGE, (at + 1) * PAGE).map((row) => (
            <tr key={row.id} className="transition-colors hover:bg-sunken/60">
              <th scope="row" className={`${CELL} max-w-44 font-normal sm:max-w-72`}>
                <RowName
                  row={row}
                  by={by}
                  layer={layers.includes(row.id) ? layers.indexOf(row.id) : null}
                />
              </th>
              <FigureCells figures={row.now} align={align} isCompared={isCompared} />
              {isCompared ? <CompareCells row={row} metric={metric} /> : null}
            </tr>
          ))}
        </tbody>
        <tfoot className="border-line-strong border-t font-medium">
          <tr>
            <th scope="row" className={`${CELL} font-medium`}>
              {t('usage.total')}
            </th>
            <FigureCells figures={report.now} align={align} isCompared={isCompared} />
            {isCompared ? <CompareCells row={report} metric={metric} /> : null}
          </tr>
        </tfoot>
      </table>
      {pages > 1 ? (
        <div className="flex items-center justify-between border-line border-t px-4 py-3 sm:px-5">
          <span className="figures text-ink-2 text-sm">
            {t('usage.page', { page: at + 1, pages })}
          </span>
          <span className="flex gap-2">
            <Button disabled={at === 0} onClick={() => setPage(at - 1)}>
              {t('usage.previous')}
            </Button>
            <Button disabled={at === pages - 1} onClick={() => setPage(at + 1)}>
              {t('usage.next')}
            </Button>
          </span>
        </div>
      ) : null}
    </div>
  );
}

function RowName({ row, by, layer }: { row: UsageRow; by: UsageBy; layer: number | null }) {
  const { locale, t } = useLanguage();
  if (by === 'day' || by === 'hour') return formatSlot(row.id, locale);
  const name = row.name ?? t('usage.unknownKey');
  return (
    <span className="flex items-center gap-2">
      <span
        aria-hidden="true"
        className={`size-2.5 shrink-0 rounded-sm ${layerColour(layer ?? Number.POSITIVE_INFINITY).swatch}`}
      />
      <span className="truncate" title={name}>
        {name}
      </span>
    </span>
  );
}

/** On a phone the change since takes the place of the requests. */
function FigureCells(props: { figures: UsageFigures; align: number; isCompared: boolean }) {
  const t = useT();
  const { figures, align, isCompared } = props;
  return (
    <>
      <td className={`${CELL} ${isCompared ? MEDIUM : ''}`}>{formatCount(figures.requests)}</td>
      <td className={`${CELL} ${WIDE}`}>{formatCount(figures.failed)}</td>
      <td className={`${CELL} ${MEDIUM}`}>{formatCount(figures.inputTokens)}</td>
      <td className={`${CELL} ${MEDIUM}`}>{formatCount(figures.outputTokens)}</td>
      <td className={`${CELL} ${WIDE}`}>
        {figures.latencyMs === null ? '–' : formatMs(figures.latencyMs, t)}
      </td>
      <td className={CELL}>
        <Money nano={figures.spendNano} align={align} />
      </td>
    </>
  );
}

function CompareHeads({ metric }: { metric: Metric }) {
  const t = useT();
  return (
    <>
      <th scope="col" className={`${HEAD} ${MEDIUM}`}>
        {t('usage.beforeOf', { metric: t(`usage.${metric}`) })}
      </th>
      <th scope="col" className={HEAD}>
        {t('usage.change')}
      </th>
    </>
  );
}

/** What the metric of the chart came to in the period before, and the change since. */
function CompareCells(props: {
  row: { readonly now: UsageFigures; readonly before: UsageFigures };
  metric: Metric;
}) {
  const language = useLanguage();
  const { row, metric } = props;
  return (
    <>
      <td className={`${CELL} ${MEDIUM} text-ink-2`}>
        {showFigure(figureOf(row.before, metric), metric, language)}
      </td>
      <td className={`${CELL} text-ink-2`}>
        <Change share={changeOf(row.now, row.before, metric)} />
      </td>
    </>
  );
}
