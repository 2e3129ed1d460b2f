import type { Locale, Translate } from '@/messages';

/** Figures rounded for a glance, by locale. What is exact is in format.ts. */

const NANO_PER_USD = 1e9;

/** 1234567 → "1.2M", "123.5万". */
export const formatCompact = (value: number, locale: Locale): string =>
  new Intl.NumberFormat(locale, {
    notation: value >= 10_000 ? 'compact' : 'standard',
    maximumFractionDigits: value >= 10_000 ? 1 : 0,
  }).format(value);

/** Nano-USD → "$1,234.50", "$12.3K", and below a dollar three digits that matter: "$0.00412". */
export function formatRoundUsd(nano: number, locale: Locale): string {
  const usd = nano / NANO_PER_USD;
  const money = { style: 'currency', currency: 'USD', currencyDisplay: 'narrowSymbol' } as const;
  if (usd === 0) return '$0';
  if (usd < 1) {
    return new Intl.NumberFormat(locale, { ...money, maximumSignificantDigits: 3 }).format(usd);
  }
  return usd < 10_000
    ? new Intl.NumberFormat(locale, money).format(usd)
    : new Intl.NumberFormat(locale, {
        ...money,
        notation: 'compact',
        maximumFractionDigits: 1,
      }).format(usd);
}

/** 0.0123 → "1.2%"; what is more than nothing is never shown as nothing. */
export function formatPercent(share: number, locale: Locale): string {
  const shown = share > 0 && share < 0.001 ? 0.001 : share;
  const text = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }).format(
    shown,
  );
  return shown === share ? text : `<${text}`;
}

/** 820 → "820 ms", 12400 → "12.4 s". */
export const formatMs = (ms: number, t: Translate): string =>
  ms < 1_000
    ? t('unit.ms', { count: Math.round(ms) })
    : t('unit.second', { count: (ms / 1_000).toFixed(ms < 10_000 ? 2 : 1) });

/** A slot of usage in words: "Nov 23", or "Nov 23, 08:00" of an hour. Always UTC. */
export function formatSlot(slot: string, locale: Locale): string {
  const hour = slot.slice(11);
  const day = new Intl.DateTimeFormat(locale, {
    month: 'short',
    day: 'numeric',
    timeZone: 'UTC',
  }).format(Date.parse(`${slot.slice(0, 10)}T00:00:00Z`));
  return hour === '' ? day : `${day} ${hour}:00`;
}

/** The same under an axis, where an hour of today needs no day. */
export const formatTick = (slot: string, locale: Locale, hasDays: boolean): string =>
  slot.length > 10 && !hasDays ? `${slot.slice(11)}:00` : formatSlot(slot.slice(0, 10), locale);
