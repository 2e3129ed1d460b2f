import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatUsd, isWithinBound, NANO_MAX, parseNano } from '@/server/domain/money';

describe('parseNano', () => {
  it('reads any integer within the bound, digit for digit', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -NANO_MAX, max: NANO_MAX }), (nano) => {
        expect(parseNano(String(nano))).toBe(nano);
      }),
    );
  });

  it.each([NANO_MAX, NANO_MAX - 1n, -NANO_MAX, -NANO_MAX + 1n, 0n])('takes %s', (nano) => {
    expect(parseNano(String(nano))).toBe(nano);
  });

  it.each([
    ...[String(NANO_MAX + 1n), String(-NANO_MAX - 1n), '9007199254740993', '99999999999999999'],
    ...['', ' ', '-', '+1', '1.0', '1e3', '0x10', 'NaN', 'Infinity', '1e400', ' 1', '1 ', '1\n'],
    ...['١٢', '1_000', '1,000', '--1', '9'.repeat(400)],
  ])('refuses %j', (text) => {
    expect(parseNano(text)).toBeNull();
  });

  it('gives a value within the bound or nothing, whatever it is given', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^-?\d{0,18}$/)), (text) => {
        const nano = parseNano(text);
        if (nano !== null) expect(isWithinBound(nano)).toBe(true);
      }),
    );
  });
});

describe('formatUsd', () => {
  it.each([
    [0n, '0.00'],
    [1n, '0.000000001'],
    [-1n, '-0.000000001'],
    [1_500_000_000n, '1.50'],
    [-1_500_000_000n, '-1.50'],
    [12_345_678_900n, '12.3456789'],
    [NANO_MAX, '9000000.00'],
    [-999_999_999n, '-0.999999999'],
  ])('shows %s as %s', (nano, text) => {
    expect(formatUsd(nano)).toBe(text);
  });

  it('loses no nano: what it shows can be read back', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -NANO_MAX, max: NANO_MAX }), (nano) => {
        const [whole = '', fraction = ''] = formatUsd(nano).replace('-', '').split('.');
        const magnitude = BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
        expect(nano < 0n ? -magnitude : magnitude).toBe(nano);
      }),
    );
  });
});
