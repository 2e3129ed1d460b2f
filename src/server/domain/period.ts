declare const brand: unique symbol;
/** A UTC day, `YYYY-MM-DD`. Days compare as strings. */
export type Day = string & { readonly [brand]: 'Day' };
/** A UTC month, `YYYY-MM`. Months compare as strings. */
export type Month = string & { readonly [brand]: 'Month' };

const DAY_MS = 86_400_000;

/** The day asked for last: every request of a day asks again, and a date costs a microsecond. */
let last = { day: dayFrom(0), startsAtMs: 0 };

function dayFrom(atMs: number): Day {
  return new Date(atMs).toISOString().slice(0, 10) as Day;
}

export function dayOf(atMs: number): Day {
  const startsAtMs = atMs - (atMs % DAY_MS);
  if (startsAtMs !== last.startsAtMs) last = { day: dayFrom(atMs), startsAtMs };
  return last.day;
}

export const monthOf = (atMs: number): Month => dayOf(atMs).slice(0, 7) as Month;
export const trustedDay = (value: string): Day => value as Day;
export const trustedMonth = (value: string): Month => value as Month;

/** Milliseconds from `atMs` to the next UTC midnight. */
export const msToNextDay = (atMs: number): number => DAY_MS - (atMs % DAY_MS);

/** The instant at which a UTC day is over, in Unix milliseconds. */
export const endOfDay = (day: Day): number => Date.parse(`${day}T00:00:00Z`) + DAY_MS;

/** The instant at which a UTC month is over, in Unix milliseconds. */
export function endOfMonth(month: Month): number {
  const first = Date.parse(`${month}-01T00:00:00Z`);
  return first + msToNextMonth(first);
}

/** Milliseconds from `atMs` to the first instant of the next UTC month. */
export function msToNextMonth(atMs: number): number {
  const at = new Date(atMs);
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1) - atMs;
}
