import { formatUsd } from '@/server/domain/money';

/** 12345 → "12,345". Both languages group so; one rule keeps server and browser alike. */
export const formatCount = (value: number | bigint): string => groupThousands(String(value));

const groupThousands = (digits: string): string => digits.replace(/\B(?=(\d{3})+$)/g, ',');

export interface UsdParts {
  readonly sign: '' | '−' | '+';
  /** Dollars and cents: "$1,234.50". */
  readonly main: string;
  /** What is beyond the cents, without trailing zeros: "0123". */
  readonly rest: string;
}

/** An exact amount in pieces, so that cents can stand out from the billionths. */
export function usdParts(nano: string, plus = false): UsdParts {
  const value = BigInt(nano);
  const [dollars = '0', fraction = '00'] = formatUsd(value < 0n ? -value : value).split('.');
  return {
    sign: value < 0n ? '−' : plus && value > 0n ? '+' : '',
    main: `$${groupThousands(dollars)}.${fraction.slice(0, 2)}`,
    rest: fraction.slice(2),
  };
}

export function formatMoney(nano: string): string {
  const { sign, main, rest } = usdParts(nano);
  return `${sign}${main}${rest}`;
}

/** ISO instant → "2026-11-23 08:41:12", UTC. */
export const formatInstant = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 19)}`;

export const formatDay = (iso: string): string => iso.slice(0, 10);

/** "3 d 4 h", "5 h 12 min", "8 min": the two largest units. */
export function formatDuration(ms: number): string {
  const minutes = Math.max(1, Math.ceil(ms / 60_000));
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor((minutes % 1440) / 60);
  if (days > 0) return hours > 0 ? `${days} d ${hours} h` : `${days} d`;
  if (hours > 0) return minutes % 60 > 0 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return `${minutes} min`;
}
