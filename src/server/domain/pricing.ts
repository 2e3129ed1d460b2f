import { NANO_MAX, type Nano } from './money';
import type { TokenUsage } from './usage';

/**
 * What a token costs, in nano-USD, as exact decimals held as integers of 10⁻⁹ nano-USD.
 * A price snapshot is taken at admission and kept in the row, so that a later edit changes nothing.
 */
export interface Price {
  readonly input: bigint;
  readonly output: bigint;
  /** What a token read from the upstream's prompt cache costs; the input price when absent. */
  readonly cachedInput: bigint | null;
}

/** Fractional digits a price may have; one price unit is 10⁻⁹ nano-USD. */
const PRICE_DIGITS = 9;
const PRICE_SCALE = 10n ** BigInt(PRICE_DIGITS);
const PRICE = /^\d{1,15}(\.\d{1,9})?$/;

/** Reads a price in nano-USD per token such as "150" or "0.075"; null when it is no such decimal. */
export function parsePrice(value: string): bigint | null {
  if (!PRICE.test(value)) return null;
  const [whole = '0', fraction = ''] = value.split('.');
  return BigInt(whole) * PRICE_SCALE + BigInt(fraction.padEnd(PRICE_DIGITS, '0'));
}

/** The decimal string of a price, without needless zeros: the inverse of parsePrice. */
export function formatPrice(price: bigint): string {
  const fraction = (price % PRICE_SCALE).toString().padStart(PRICE_DIGITS, '0').replace(/0+$/, '');
  const whole = (price / PRICE_SCALE).toString();
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

/** A price unit for a token is as many 10⁻¹² dollars for a million. */
const PER_MILLION_DIGITS = 12;

/** A price in dollars for a million tokens, exact, at least two decimals: "150" nano a token → "0.15". */
export function perMillion(price: bigint): string {
  const text = price.toString().padStart(PER_MILLION_DIGITS + 1, '0');
  const fraction = text.slice(-PER_MILLION_DIGITS).replace(/0+$/, '');
  return `${text.slice(0, -PER_MILLION_DIGITS)}.${fraction.padEnd(2, '0')}`;
}

const roundUp = (scaled: bigint): Nano => (scaled + PRICE_SCALE - 1n) / PRICE_SCALE;

/**
 * The price of a usage in nano-USD, rounded up to a whole nano once, at the end.
 * Cached input tokens are part of the input tokens and are taken at their own price.
 * The result is capped at NANO_MAX so that no absurd usage can pass the stores' bound.
 */
export function costOf(price: Price, usage: TokenUsage): Nano {
  const cached = BigInt(Math.min(usage.cachedTokens, usage.inputTokens));
  const fresh = BigInt(usage.inputTokens) - cached;
  const scaled =
    fresh * price.input +
    cached * (price.cachedInput ?? price.input) +
    BigInt(usage.outputTokens) * price.output;
  const nano = roundUp(scaled);
  return nano > NANO_MAX ? NANO_MAX : nano;
}

/** The most that this many tokens can cost: a hold never assumes a cache hit that is cheaper. */
export function highestCost(price: Price, inputTokens: number, outputTokens: number): Nano {
  const cached = price.cachedInput ?? price.input;
  const input = cached > price.input ? cached : price.input;
  const nano = roundUp(BigInt(inputTokens) * input + BigInt(outputTokens) * price.output);
  return nano > NANO_MAX ? NANO_MAX : nano;
}

/** How many output tokens `budget` nano-USD buys beside the input; Infinity when output is free. */
export function affordableOutputTokens(price: Price, inputTokens: number, budget: Nano): number {
  if (price.output === 0n) return Number.POSITIVE_INFINITY;
  const cached = price.cachedInput ?? price.input;
  const input = cached > price.input ? cached : price.input;
  const left = budget * PRICE_SCALE - BigInt(inputTokens) * input;
  if (left <= 0n) return 0;
  const tokens = left / price.output;
  return tokens > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(tokens);
}
