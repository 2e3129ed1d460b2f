'use client';

import { useState } from 'react';
import { useT } from '@/components/i18n/provider';
import type { UsageDayView } from '@/server/services/portal/read-usage';
import { type Metric, metricOf, showMetric, sumOf } from './metric';

const HEIGHT = 176;
const BAR_HEIGHT_MIN = 2;

/** One bar a day. The figures are in the table below it, which is what a screen reader gets. */
export function UsageChart({ days, metric }: { days: readonly UsageDayView[]; metric: Metric }) {
  const t = useT();
  const [hovered, setHovered] = useState<UsageDayView | null>(null);
  const values = days.map((day) => metricOf(day, metric));
  const highest = values.reduce((most, value) => (value > most ? value : most), 1n);
  const step = 100 / days.length;
  return (
    <figure className="p-4 sm:p-5">
      <figcaption className="figures mb-4 flex flex-wrap items-baseline gap-x-2">
        <span className="font-semibold text-xl tracking-tight">
          {hovered === null
            ? showMetric(sumOf(days, metric), metric)
            : showMetric(metricOf(hovered, metric), metric)}
        </span>
        <span className="text-ink-2">{hovered === null ? t('usage.total') : hovered.day}</span>
      </figcaption>
      <svg
        role="img"
        aria-label={t('usage.chart', { metric: t(`usage.${metric}`) })}
        className="block w-full"
        height={HEIGHT}
        onPointerLeave={() => setHovered(null)}
      >
        {[0, 0.5, 1].map((share) => (
          <line
            key={share}
            x1="0"
            x2="100%"
            y1={0.5 + share * (HEIGHT - 1)}
            y2={0.5 + share * (HEIGHT - 1)}
            className="stroke-line"
            strokeDasharray={share === 1 ? undefined : '3 4'}
          />
        ))}
        {days.map((day, index) => {
          const value = values[index] ?? 0n;
          const share = Number((value * 10_000n) / highest) / 10_000;
          const height = value > 0n ? Math.max(BAR_HEIGHT_MIN, share * (HEIGHT - 8)) : 0;
          return (
            <g key={day.day} onPointerEnter={() => setHovered(day)}>
              <rect x={`${index * step}%`} width={`${step}%`} height={HEIGHT} fill="transparent" />
              <rect
                x={`${index * step + step * 0.14}%`}
                width={`${step * 0.72}%`}
                y={HEIGHT - height - 1}
                height={height}
                rx="2"
                className={
                  hovered === null || hovered.day === day.day ? 'fill-accent' : 'fill-accent/35'
                }
              />
            </g>
          );
        })}
      </svg>
      <div className="figures mt-2 flex justify-between text-ink-3 text-xs" aria-hidden="true">
        <span>{days[0]?.day}</span>
        <span>{days[Math.floor(days.length / 2)]?.day}</span>
        <span>{t('usage.today')}</span>
      </div>
    </figure>
  );
}
