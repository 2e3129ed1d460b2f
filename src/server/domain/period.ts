declare const brand: unique symbol;
/** A UTC day, `YYYY-MM-DD`. Days compare as strings. */
export type Day = string & { readonly [brand]: 'Day' };
/** A UTC month, `YYYY-MM`. Months compare as strings. */
export type Month = string & { readonly [brand]: 'Month' };

export const dayOf = (atMs: number): Day => new Date(atMs).toISOString().slice(0, 10) as Day;
export const monthOf = (atMs: number): Month => new Date(atMs).toISOString().slice(0, 7) as Month;
export const trustedDay = (value: string): Day => value as Day;
export const trustedMonth = (value: string): Month => value as Month;

const DAY_MS = 86_400_000;

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
