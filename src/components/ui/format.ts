import type { Translate } from '@/messages';
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

/** "3 d 4 h", "5 h 12 min", "8 min": the two largest units, rounded up. */
export function formatDuration(ms: number, t: Translate): string {
  const minutes = Math.max(1, Math.ceil(ms / 60_000));
  const parts = [
    { count: Math.floor(minutes / 1440), unit: 'unit.day' },
    { count: Math.floor((minutes % 1440) / 60), unit: 'unit.hour' },
    { count: minutes % 60, unit: 'unit.minute' },
  ] as const;
  const first = parts.findIndex((part) => part.count > 0);
  return parts
    .slice(first, first + 2)
    .filter((part) => part.count > 0)
    .map((part) => t(part.unit, { count: part.count }))
    .join(' ');
}

/** 12345678 → "11.8 MB": what a file manager would say. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const kibibytes = bytes / 1024;
  return kibibytes < 1024 ? `${Math.round(kibibytes)} kB` : `${(kibibytes / 1024).toFixed(1)} MB`;
}
