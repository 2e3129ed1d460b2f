import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NANO_MAX } from '@/server/domain/money';
import {
  affordableOutputTokens,
  costOf,
  formatPrice,
  highestCost,
  type Price,
  parsePrice,
} from '@/server/domain/pricing';
import type { TokenUsage } from '@/server/domain/usage';

const SCALE = 1_000_000_000n;

const usage = (inputTokens: number, outputTokens: number, cachedTokens = 0): TokenUsage => ({
  ...{ inputTokens, outputTokens, cachedTokens, reasoningTokens: 0 },
});

function priced(input: string, output: string, cached: string | null = null): Price {
  const read = (text: string): bigint => {
    const price = parsePrice(text);
    if (price === null) throw new Error(`${text} is no price`);
    return price;
  };
  return {
    input: read(input),
    output: read(output),
    cachedInput: cached === null ? null : read(cached),
  };
}

const somePrice = fc.bigInt({ min: 0n, max: 20_000n * SCALE });
const anyPrice: fc.Arbitrary<Price> = fc.record({
  input: somePrice,
  output: somePrice,
  cachedInput: fc.option(somePrice),
});
const count = fc.nat(2_000_000);
const anyUsage = fc.tuple(count, count, count).map((counts) => usage(...counts));

describe('prices', () => {
  it.each([
    ['150', 150n * SCALE],
    ['0', 0n],
    ['0.075', 75_000_000n],
    ['0.000000001', 1n],
    ['999999999999999.999999999', 10n ** 24n - 1n],
  ])('reads %s exactly', (text, price) => {
    expect(parsePrice(text)).toBe(price);
  });

  it.each([
    '',
    '-1',
    '+1',
    '.5',
    '1.',
    '1e3',
    '0x10',
    'NaN',
    '1,5',
    ' 1',
    '1.0000000001',
    '1'.repeat(16),
  ])('refuses %j', (text) => {
    expect(parsePrice(text)).toBeNull();
  });

  it('writes what it reads', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 24n - 1n }), (price) => {
        expect(parsePrice(formatPrice(price))).toBe(price);
      }),
    );
  });

  it('writes no needless digit', () => {
    expect([150n * SCALE, 75_000_000n, 0n].map(formatPrice)).toEqual(['150', '0.075', '0']);
  });
});

describe('costOf', () => {
  it('is $0.15 a million tokens at a price of 150', () => {
    expect(costOf(priced('150', '600'), usage(1_000_000, 0))).toBe(150_000_000n);
    expect(costOf(priced('150', '600'), usage(1_000, 500))).toBe(450_000n);
  });

  it('rounds up once, at the end: three thirds of a nano are one, not three', () => {
    const third = priced('0.333333333', '0.333333333', '0.333333333');
    expect(costOf(third, usage(1, 0))).toBe(1n);
    expect(costOf(third, usage(1, 1))).toBe(1n);
    expect(costOf(third, usage(2, 1, 1))).toBe(1n);
    expect(costOf(third, usage(3, 1))).toBe(2n);
    expect(costOf(priced('0.5', '0.5'), usage(1, 1))).toBe(1n);
  });

  it('charges a whole nano for the least fraction, and nothing for nothing', () => {
    const least = priced('0.000000001', '0');
    expect(costOf(least, usage(1, 0))).toBe(1n);
    expect(costOf(least, usage(0, 9_999))).toBe(0n);
    expect(costOf(priced('150', '600'), usage(0, 0))).toBe(0n);
  });

  it('takes cached tokens at their own price, and never more of them than there was input', () => {
    const price = priced('100', '0', '10');
    expect(costOf(price, usage(10, 0, 4))).toBe(640n);
    expect(costOf(price, usage(10, 0, 99))).toBe(100n);
    expect(costOf(priced('100', '0'), usage(10, 0, 4))).toBe(1_000n);
  });

  it('is the exact sum of exact decimals, rounded up', () => {
    fc.assert(
      fc.property(anyPrice, anyUsage, (price, used) => {
        const cached = Math.min(used.cachedTokens, used.inputTokens);
        const exact =
          BigInt(used.inputTokens - cached) * price.input +
          BigInt(cached) * (price.cachedInput ?? price.input) +
          BigInt(used.outputTokens) * price.output;
        const cost = costOf(price, used);
        expect(cost * SCALE).toBeGreaterThanOrEqual(exact);
        expect((cost - 1n) * SCALE).toBeLessThan(exact);
      }),
    );
  });

  it('never falls when more is used', () => {
    fc.assert(
      fc.property(anyPrice, anyUsage, fc.nat(1_000), (price, used, more) => {
        const longer = { ...used, outputTokens: used.outputTokens + more };
        expect(costOf(price, longer)).toBeGreaterThanOrEqual(costOf(price, used));
      }),
    );
  });

  it('of an absurd usage is the bound, which every store can take', () => {
    const dear = priced('999999999999999', '999999999999999');
    expect(costOf(dear, usage(2_000_000_000, 2_000_000_000))).toBe(NANO_MAX);
  });
});

describe('a hold', () => {
  it('is never below what the same tokens can cost, cached or not', () => {
    fc.assert(
      fc.property(anyPrice, anyUsage, (price, used) => {
        const most = highestCost(price, used.inputTokens, used.outputTokens);
        expect(most).toBeGreaterThanOrEqual(costOf(price, used));
      }),
    );
  });

  it('stays within the bound', () => {
    expect(highestCost(priced('999999999999999', '1'), 2_000_000_000, 1)).toBe(NANO_MAX);
  });
});

describe('affordableOutputTokens', () => {
  it('is the most that the budget pays for: one more would pass it', () => {
    const price = anyPrice.filter(({ output }) => output > 0n);
    const budget = fc.bigInt({ min: 0n, max: NANO_MAX / 2n });
    fc.assert(
      fc.property(price, fc.nat(10_000), budget, (at, inputTokens, nano) => {
        const tokens = affordableOutputTokens(at, inputTokens, nano);
        fc.pre(tokens < Number.MAX_SAFE_INTEGER);
        if (tokens > 0) expect(highestCost(at, inputTokens, tokens)).toBeLessThanOrEqual(nano);
        expect(highestCost(at, inputTokens, tokens + 1)).toBeGreaterThan(nano);
      }),
    );
  });

  it('is nothing where the input alone is too dear, and without end where output is free', () => {
    expect(affordableOutputTokens(priced('100', '1'), 10, 999n)).toBe(0);
    expect(affordableOutputTokens(priced('100', '1'), 10, 1_000n)).toBe(0);
    expect(affordableOutputTokens(priced('100', '1'), 10, 1_001n)).toBe(1);
    expect(affordableOutputTokens(priced('100', '0'), 10, 0n)).toBe(Number.POSITIVE_INFINITY);
    expect(affordableOutputTokens(priced('0', '0.000000001'), 0, NANO_MAX)).toBe(
      Number.MAX_SAFE_INTEGER,
    );
  });
});
