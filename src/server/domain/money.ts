/** An integer count of nano-USD (10⁻⁹ USD). Never a float. */
export type Nano = bigint;

/** The bound of every balance, amount and limit: Lua's doubles are exact well beyond it. */
export const NANO_MAX: Nano = 9_000_000_000_000_000n;

const INTEGER = /^-?\d{1,16}$/;

/**
 * Reads a decimal integer string of nano-USD.
 * Returns null for anything else: floats, exponents, hex, NaN, blanks, or a magnitude over NANO_MAX.
 */
export function parseNano(value: string): Nano | null {
  if (!INTEGER.test(value)) return null;
  const nano = BigInt(value);
  return isWithinBound(nano) ? nano : null;
}

export const isWithinBound = (nano: Nano): boolean => nano <= NANO_MAX && nano >= -NANO_MAX;

/** Dollars for people, exact to the nano, at least two decimals: 1_500_000_000n → "1.50". */
export function formatUsd(nano: Nano): string {
  const sign = nano < 0n ? '-' : '';
  const magnitude = nano < 0n ? -nano : nano;
  const fraction = (magnitude % 1_000_000_000n).toString().padStart(9, '0').replace(/0+$/, '');
  return `${sign}${magnitude / 1_000_000_000n}.${fraction.padEnd(2, '0')}`;
}

const NANO_PER_USD = 1_000_000_000n;

/** Dollars as people type them, "25" or "0.5", not negative; null where that is no such amount. */
export function parseUsd(text: string): Nano | null {
  const match = /^(\d{1,7})(?:\.(\d{1,9}))?$/.exec(text.trim());
  if (match === null) return null;
  const nano = BigInt(match[1] ?? '0') * NANO_PER_USD + BigInt((match[2] ?? '').padEnd(9, '0'));
  return isWithinBound(nano) ? nano : null;
}
