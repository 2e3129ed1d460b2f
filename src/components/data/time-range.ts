/** A span of time as an address holds it: '' for all, '7d' for the last seven days, or `day..day`. */

export interface TimeSpan {
  /** Included; null: from the beginning. */
  readonly from: Date | null;
  /** Not included; null: until now. */
  readonly to: Date | null;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The last so many milliseconds, up to now. */
const PRESETS = {
  '1h': HOUR_MS,
  '24h': DAY_MS,
  '7d': 7 * DAY_MS,
  '30d': 30 * DAY_MS,
  '90d': 90 * DAY_MS,
} as const;
export type TimePreset = keyof typeof PRESETS;

export const isTimePreset = (range: string): range is TimePreset => Object.hasOwn(PRESETS, range);

/** The UTC days that a range names, the last included; null where it names none. */
export function daysOf(range: string): { readonly first: string; readonly last: string } | null {
  const [first = '', last = '', ...more] = range.split('..');
  return more.length === 0 && isDay(first) && isDay(last) && first <= last ? { first, last } : null;
}

export const rangeOfDays = (first: string, last: string): string => `${first}..${last}`;

/** What a range means at an instant. What is no range means all: an address may have been edited. */
export function spanOf(range: string, nowMs: number): TimeSpan {
  if (isTimePreset(range)) return { from: new Date(nowMs - PRESETS[range]), to: null };
  const days = daysOf(range);
  if (days === null) return { from: null, to: null };
  return {
    from: new Date(`${days.first}T00:00:00Z`),
    to: new Date(Date.parse(`${days.last}T00:00:00Z`) + DAY_MS),
  };
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}
