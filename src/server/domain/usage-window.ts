import { type Day, dayOf } from './period';

/** Ranges that end now, by name. */
export const NAMED_RANGES = ['24h', '7d', '30d', '90d'] as const;
export type NamedRange = (typeof NAMED_RANGES)[number];

/** A range by name, or from one UTC day to another, both included. */
export type UsageRange = NamedRange | { readonly from: Day; readonly to: Day };

export type UsageUnit = 'hour' | 'day';

/** Hours or days (UTC) that follow each other. */
export interface UsageWindow {
  readonly unit: UsageUnit;
  readonly startsAtMs: number;
  /** How many of them. */
  readonly length: number;
}

const UNIT_MS: Readonly<Record<UsageUnit, number>> = { hour: 3_600_000, day: 86_400_000 };
const HOURS_OF_DAY = 24;

/** So many days may be asked for, and so many by the hour: hours are not summed up any further. */
export const RANGE_DAYS_MAX = 366;
export const HOURLY_DAYS_MAX = 7;

const DAYS_OF: Readonly<Record<NamedRange, number>> = {
  '24h': 1,
  '7d': 7,
  '30d': 30,
  '90d': 90,
};

const isNamed = (text: string): text is NamedRange => NAMED_RANGES.some((name) => name === text);

/** `30d`, or `2026-10-01..2026-10-31`; null for anything else, days that are none, and more of them than may be asked for. */
export function parseRange(text: string): UsageRange | null {
  if (isNamed(text)) return text;
  const [, from = '', to = ''] = /^(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)$/.exec(text) ?? [];
  if (!isDay(from) || !isDay(to) || to < from) return null;
  return daysBetween(from, to) > RANGE_DAYS_MAX ? null : { from, to };
}

function isDay(text: string): text is Day {
  const atMs = Date.parse(`${text}T00:00:00Z`);
  return Number.isFinite(atMs) && dayOf(atMs) === text;
}

const startOf = (day: Day): number => Date.parse(`${day}T00:00:00Z`);
const daysBetween = (from: Day, to: Day): number => (startOf(to) - startOf(from)) / UNIT_MS.day + 1;

/** How many UTC days a range spans; `24h` is taken for one. */
const dayCountOf = (range: UsageRange): number =>
  typeof range === 'string' ? DAYS_OF[range] : daysBetween(range.from, range.to);

/** Whether a range is short enough to be shown by the hour. */
export const mayBeHourly = (range: UsageRange): boolean => dayCountOf(range) <= HOURLY_DAYS_MAX;

/** The hours or days of a range. By the hour where that was wanted and may be; `24h` always is. */
export function windowOf(range: UsageRange, wanted: UsageUnit, nowMs: number): UsageWindow {
  if (range === '24h') {
    const thisHour = nowMs - (nowMs % UNIT_MS.hour);
    const startsAtMs = thisHour - (HOURS_OF_DAY - 1) * UNIT_MS.hour;
    return { unit: 'hour', startsAtMs, length: HOURS_OF_DAY };
  }
  const days = dayCountOf(range);
  const from = typeof range === 'string' ? dayOf(nowMs - (days - 1) * UNIT_MS.day) : range.from;
  const startsAtMs = startOf(from);
  return wanted === 'hour' && mayBeHourly(range)
    ? { unit: 'hour', startsAtMs, length: days * HOURS_OF_DAY }
    : { unit: 'day', startsAtMs, length: days };
}

/** As many hours or days, right before. */
export const windowBefore = (window: UsageWindow): UsageWindow => ({
  ...window,
  startsAtMs: window.startsAtMs - window.length * UNIT_MS[window.unit],
});

/** `2026-11-23`, or `2026-11-23T08` of an hour. Both compare as strings. */
export const slotAt = (unit: UsageUnit, atMs: number): string =>
  new Date(atMs).toISOString().slice(0, unit === 'day' ? 10 : 13);

/** Every hour or day of a window, oldest first, whether anything happened in it or not. */
export const slotsOf = ({ unit, startsAtMs, length }: UsageWindow): readonly string[] =>
  Array.from({ length }, (_, at) => slotAt(unit, startsAtMs + at * UNIT_MS[unit]));

/** The first and the last hour or day of a window. */
export const endsOf = ({ unit, startsAtMs, length }: UsageWindow) => ({
  first: slotAt(unit, startsAtMs),
  last: slotAt(unit, startsAtMs + (length - 1) * UNIT_MS[unit]),
});

/** A window in parts of at most so many hours or days, oldest first. */
export function partsOf(window: UsageWindow, size: number): readonly UsageWindow[] {
  const { unit, startsAtMs, length } = window;
  return Array.from({ length: Math.ceil(length / size) }, (_, part) => ({
    unit,
    startsAtMs: startsAtMs + part * size * UNIT_MS[unit],
    length: Math.min(size, length - part * size),
  }));
}
