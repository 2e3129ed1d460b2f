'use client';

import type { UsageReport } from '@/server/services/portal/read-usage';
import { layerColour } from '../charts/layer-colour';
import { useLanguage } from '../i18n/provider';
import { figureOf, type Metric, showFigure } from './metric';

const ROWS_MAX = 7;
const CELL = 'figures py-1.5 text-right first:text-left';

/** The table beside a chart of models: whose colour is whose, and what each came to. */
export function ModelShares({ report, metric }: { report: UsageReport; metric: Metric }) {
  const language = useLanguage();
  const { t } = language;
  const layers = report.layers.map(({ id }) => id);
  const rows = report.rows.filter(({ now }) => now.requests + now.failed > 0);
  const rest = rows.length - ROWS_MAX;
  return (
    <div className="border-line border-t px-4 py-4 @3xl:border-t-0 @3xl:border-l sm:px-5">
      <table className="w-full text-sm">
        <thead>
          <tr className="text-ink-2 text-xs">
            <th scope="col" className={`${CELL} font-medium`}>
              {t('usage.by.model')}
            </th>
            <th scope="col" className={`${CELL} font-medium`}>
              {t(`usage.${metric}`)}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, ROWS_MAX).map(({ id, name, now }) => (
            <tr key={id}>
              <th scope="row" className={`${CELL} max-w-32 font-normal`}>
                <span className="flex items-center gap-2">
                  <span
                    aria-hidden="true"
                    className={`size-2.5 shrink-0 rounded-sm ${layerColour(placeOf(id, layers)).swatch}`}
                  />
                  <span className="truncate" title={name ?? id}>
                    {name ?? id}
                  </span>
                </span>
              </th>
              <td className={CELL}>{showFigure(figureOf(now, metric), metric, language)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot className="border-line border-t font-medium">
          <tr>
            <th scope="row" className={`${CELL} font-medium`}>
              {rest > 0 ? t('usage.totalOf', { count: rows.length }) : t('usage.total')}
            </th>
            <td className={CELL}>{showFigure(figureOf(report.now, metric), metric, language)}</td>
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

/** Its place among the layers; one that has none is among all others. */
const placeOf = (id: string, layers: readonly (string | null)[]): number =>
  layers.includes(id) ? layers.indexOf(id) : Number.POSITIVE_INFINITY;
