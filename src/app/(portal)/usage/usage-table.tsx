'use client';

import { Money, restDigits } from '@/components/data/money';
import { useT } from '@/components/i18n/provider';
import { formatCount } from '@/components/ui/format';
import type { UsageDayView } from '@/server/services/portal/read-usage';
import { sumOf } from './metric';

const CELL =
  'figures px-2.5 py-2 text-right first:pl-4 first:text-left last:pr-4 sm:first:pl-5 sm:last:pr-5';
const HEAD = `${CELL} py-2.5 font-medium text-ink-2 text-xs`;
const WIDE = 'hidden sm:table-cell';

/** Days that had any use, newest first, and what they add up to. */
export function UsageTable({ days }: { days: readonly UsageDayView[] }) {
  const t = useT();
  const used = days.filter((day) => day.requests > 0).reverse();
  const total = (field: 'inputTokens' | 'outputTokens') =>
    used.reduce((sum, day) => sum + day[field], 0);
  const spent = String(sumOf(used, 'spend'));
  const align = restDigits([spent, ...used.map((day) => day.spendNano)]);
  return (
    <table className="w-full">
      <thead className="border-line border-b">
        <tr>
          <th scope="col" className={HEAD}>
            {t('usage.day')}
          </th>
          <th scope="col" className={HEAD}>
            {t('usage.requests')}
          </th>
          <th scope="col" className={`${HEAD} ${WIDE}`}>
            {t('usage.input')}
          </th>
          <th scope="col" className={`${HEAD} ${WIDE}`}>
            {t('usage.output')}
          </th>
          <th scope="col" className={HEAD}>
            {t('usage.spend')}
          </th>
        </tr>
      </thead>
      <tbody className="divide-y divide-line">
        {used.map((day) => (
          <tr key={day.day} className="transition-colors hover:bg-sunken/60">
            <th scope="row" className={`${CELL} font-normal`}>
              {day.day}
            </th>
            <td className={CELL}>{formatCount(day.requests)}</td>
            <td className={`${CELL} ${WIDE}`}>{formatCount(day.inputTokens)}</td>
            <td className={`${CELL} ${WIDE}`}>{formatCount(day.outputTokens)}</td>
            <td className={CELL}>
              <Money nano={day.spendNano} align={align} />
            </td>
          </tr>
        ))}
      </tbody>
      <tfoot className="border-line-strong border-t font-medium">
        <tr>
          <th scope="row" className={`${CELL} font-medium`}>
            {t('usage.total')}
          </th>
          <td className={CELL}>{formatCount(sumOf(used, 'requests'))}</td>
          <td className={`${CELL} ${WIDE}`}>{formatCount(total('inputTokens'))}</td>
          <td className={`${CELL} ${WIDE}`}>{formatCount(total('outputTokens'))}</td>
          <td className={CELL}>
            <Money nano={spent} align={align} />
          </td>
        </tr>
      </tfoot>
    </table>
  );
}
