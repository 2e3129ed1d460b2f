'use client';

import { scaleBand, scaleLinear } from '@visx/scale';
import { BarStack } from '@visx/shape';

export interface BarLayer {
  readonly id: string;
  /** One a slot. Only their heights are made of them: figures are written out exactly elsewhere. */
  readonly values: readonly number[];
  /** A class that fills. */
  readonly fill: string;
}

interface StackedBarsProps {
  /** What the chart shows, for screen readers. */
  readonly label: string;
  /** What stands under the bars, one a slot. */
  readonly ticks: readonly string[];
  readonly layers: readonly BarLayer[];
  /** A mark across each bar, such as the period before. */
  readonly marks: readonly number[] | null;
  readonly formatAxis: (value: number) => string;
  /** What a slot says, for screen readers. */
  readonly textOf: (slot: number) => string;
  /** The slot that is pointed at or that the keyboard is on. */
  readonly active: number | null;
  readonly onActive: (slot: number | null) => void;
}

const HEIGHT = 208;
const TICKS_Y = 4;
/** Odd: every second one is left out where the chart is narrow, the first and the last never. */
const TICKS_X_MAX = 7;
/** Of the height, so that the uppermost figure of the axis is not cut. */
const TOP = 4;
const THINNEST = 0.8;
/** A bar of a week would otherwise be as broad as a bar of a month is high. */
const gapOf = (slots: number): number => (slots <= 12 ? 0.55 : slots <= 45 ? 0.3 : 0.16);

/**
 * Bars made of layers. Everything is in percent of the width, so the server draws it without knowing
 * how wide it will be. One stop for the keyboard: the arrows go from slot to slot.
 */
export function StackedBars(props: StackedBarsProps) {
  const { label, ticks, layers, marks, formatAxis, textOf, active, onActive } = props;
  const slots = ticks.map((_, slot) => slot);
  const x = scaleBand({ domain: slots, range: [0, 100], padding: gapOf(slots.length) });
  const peak = highest(slots, layers, marks);
  const y = scaleLinear({
    domain: [0, peak || 1],
    range: [100, TOP],
    nice: TICKS_Y,
  });
  const fills = new Map(layers.map(({ id, fill }) => [id, fill]));
  // All that is counted here is whole: of one request there is no half to mark.
  const grid = peak === 0 ? [0] : y.ticks(TICKS_Y).filter(Number.isInteger);
  return (
    <div className="flex gap-3 rounded-sm has-[input:focus-visible]:outline-2 has-[input:focus-visible]:outline-ring has-[input:focus-visible]:outline-offset-4">
      <svg className="w-12 shrink-0 overflow-visible" height={HEIGHT} aria-hidden="true">
        {grid.map((value) => (
          <text
            key={value}
            x="100%"
            y={`${y(value)}%`}
            dy="0.32em"
            textAnchor="end"
            className="figures fill-ink-3 text-xs"
          >
            {formatAxis(value)}
          </text>
        ))}
      </svg>
      <div className="min-w-0 flex-1">
        <input
          type="range"
          className="sr-only"
          aria-label={label}
          aria-valuetext={textOf(active ?? slots.length - 1)}
          min={0}
          max={Math.max(0, slots.length - 1)}
          value={active ?? Math.max(0, slots.length - 1)}
          onChange={(event) => onActive(Number(event.target.value))}
          onFocus={() => onActive(active ?? slots.length - 1)}
          onBlur={() => onActive(null)}
        />
        <svg
          className="block w-full overflow-visible"
          height={HEIGHT}
          aria-hidden="true"
          onPointerLeave={() => onActive(null)}
        >
          {grid.map((value) => (
            <line
              key={value}
              x1="0"
              x2="100%"
              y1={`${y(value)}%`}
              y2={`${y(value)}%`}
              className="stroke-line"
              strokeDasharray={value === 0 ? undefined : '3 4'}
            />
          ))}
          {active === null ? null : (
            <rect
              x={`${(100 / slots.length) * active}%`}
              width={`${100 / slots.length}%`}
              height="100%"
              className="fill-sunken"
            />
          )}
          <BarStack
            data={slots}
            keys={layers.map(({ id }) => id)}
            value={(slot, id) => layers.find((layer) => layer.id === id)?.values[slot] ?? 0}
            x={(slot) => slot}
            xScale={x}
            yScale={y}
            color={(id) => fills.get(id) ?? ''}
          >
            {(stacks) =>
              stacks.flatMap((stack) =>
                stack.bars
                  .filter((bar) => bar.height > 0)
                  .map((bar) => (
                    <rect
                      key={`${stack.key} ${bar.index}`}
                      x={`${bar.x}%`}
                      y={`${bar.y - Math.max(0, THINNEST - bar.height)}%`}
                      width={`${bar.width}%`}
                      height={`${Math.max(THINNEST, bar.height)}%`}
                      rx={1}
                      className={`${bar.color} stroke-surface transition-opacity ${active === null || active === bar.index ? '' : 'opacity-45'}`}
                      strokeWidth={layers.length > 1 ? 1 : 0}
                    />
                  )),
              )
            }
          </BarStack>
          {marks?.map((value, slot) =>
            value > 0 ? (
              <line
                // biome-ignore lint/suspicious/noArrayIndexKey: a slot is its place.
                key={slot}
                x1={`${(x(slot) ?? 0) - x.bandwidth() * 0.12}%`}
                x2={`${(x(slot) ?? 0) + x.bandwidth() * 1.12}%`}
                y1={`${y(value)}%`}
                y2={`${y(value)}%`}
                strokeWidth={2}
                className="stroke-ink-3"
              />
            ) : null,
          )}
          {slots.map((slot) => (
            <rect
              key={slot}
              x={`${(100 / slots.length) * slot}%`}
              width={`${100 / slots.length}%`}
              height="100%"
              fill="transparent"
              onPointerEnter={() => onActive(slot)}
            />
          ))}
        </svg>
        <svg className="mt-2 block h-4 w-full overflow-visible" aria-hidden="true">
          {labelled(slots.length).map((slot, place) => (
            <text
              key={slot}
              x={`${(x(slot) ?? 0) + x.bandwidth() / 2}%`}
              y="12"
              textAnchor={anchorOf(slot, slots.length)}
              className={`figures fill-ink-3 text-xs ${place % 2 === 1 ? 'hidden @lg:block' : ''}`}
            >
              {ticks[slot]}
            </text>
          ))}
        </svg>
      </div>
    </div>
  );
}

function highest(
  slots: readonly number[],
  layers: readonly BarLayer[],
  marks: readonly number[] | null,
): number {
  const sums = slots.map((slot) =>
    layers.reduce((sum, { values }) => sum + (values[slot] ?? 0), 0),
  );
  return Math.max(...sums, ...(marks ?? []), 0);
}

/** Evenly spread, the first and the last among them. */
export function labelled(slots: number): readonly number[] {
  if (slots === 0) return [];
  const count = Math.min(slots, TICKS_X_MAX);
  if (count === 1) return [0];
  return Array.from({ length: count }, (_, at) => Math.round((at * (slots - 1)) / (count - 1)));
}

const anchorOf = (slot: number, slots: number): 'start' | 'middle' | 'end' =>
  slots <= 12 || (slot > 0 && slot < slots - 1) ? 'middle' : slot === 0 ? 'start' : 'end';
