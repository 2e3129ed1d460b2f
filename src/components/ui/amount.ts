import { parseUsd } from '@/server/domain/money';

const NANO_PER_USD = 1_000_000_000n;

/** An amount as one would type it: exact, without needless zeros. */
export function amountText(nano: bigint): string {
  const fraction = (nano % NANO_PER_USD).toString().padStart(9, '0').replace(/0+$/, '');
  return `${nano / NANO_PER_USD}${fraction === '' ? '' : `.${fraction}`}`;
}

/** Dollars as typed, in nano-USD; null where they are no amount, or nothing. */
export function readAmount(text: string): string | null {
  const nano = parseUsd(text);
  return nano === null || nano <= 0n ? null : String(nano);
}
