import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { NANO_MAX } from '@/server/domain/money';
import { KEY_QUOTA_TYPES } from '@/server/domain/quota';
import {
  dayOrInstant,
  instant,
  integer,
  ipOrCidr,
  keyQuotas,
  limit,
  modelId,
  name,
  nano,
  nonNegativeNano,
  price,
} from '@/server/services/fields';

const isTaken = (field: z.ZodType, value: unknown): boolean => field.safeParse(value).success;
const complaint = (field: z.ZodType, value: unknown): string =>
  field.safeParse(value).error?.issues[0]?.message ?? '';

describe('money', () => {
  test('is a string of a whole number within the bound, and nothing else', () => {
    expect(nano.parse(String(NANO_MAX))).toBe(NANO_MAX);
    expect(nano.parse('-1')).toBe(-1n);
    for (const wrong of [
      1,
      1n,
      '',
      '1.5',
      '1e3',
      '0x10',
      'NaN',
      ' 1',
      '9000000000000001',
      null,
      [],
      {},
    ]) {
      expect(complaint(nano, wrong)).toContain('must be a decimal integer string of nano-USD');
    }
    expect(complaint(nano, undefined)).toBe('is required');
  });

  test('that may not be negative may be nothing', () => {
    expect(nonNegativeNano.parse('0')).toBe(0n);
    expect(complaint(nonNegativeNano, '-1')).toBe('must not be negative');
  });
});

test('a price is an exact decimal with up to nine digits behind the point, not negative', () => {
  expect(price.parse('0.075')).toBe(75_000_000n);
  expect(price.parse('150')).toBe(150_000_000_000n);
  for (const wrong of [
    '-1',
    '1e3',
    '.5',
    '1.',
    '1,5',
    '0.0000000001',
    '1'.repeat(16),
    '',
    150,
    null,
  ]) {
    expect(complaint(price, wrong)).toContain('must be a decimal string of nano-USD per token');
  }
});

describe('names and texts', () => {
  test('are trimmed, between one and two hundred characters, without control characters', () => {
    expect(name.parse('  Acme  ')).toBe('Acme');
    expect(isTaken(name, 'x'.repeat(200))).toBe(true);
    for (const wrong of ['', '   ', 'x'.repeat(201), 7, null]) {
      expect(complaint(name, wrong)).toBe('must be a string of 1 to 200 characters');
    }
    for (const wrong of ['a\u0000b', 'a\nb', 'a\u007fb', 'a\u001bb']) {
      expect(complaint(name, wrong)).toBe('must not contain control characters');
    }
  });

  test('keep every script of the world', () => {
    for (const text of ['Zoë & Söhne', '账户', '😀', '’"<>%_\\'])
      expect(name.parse(text)).toBe(text);
  });

  test('a model’s id is kept as it is', () => {
    expect(modelId.parse('vendor/model:1')).toBe('vendor/model:1');
  });
});

describe('counts', () => {
  test('are whole numbers within their bounds, never their strings', () => {
    expect(integer(1, 10).parse(10)).toBe(10);
    for (const wrong of [
      0,
      11,
      1.5,
      '5',
      Number.NaN,
      Number.POSITIVE_INFINITY,
      2 ** 53,
      true,
      null,
    ]) {
      expect(complaint(integer(1, 10), wrong)).toBe('must be a whole number from 1 to 10');
    }
  });

  test('that limit may be null or absent, which means without a limit', () => {
    for (const unlimited of [null, undefined]) expect(isTaken(limit(0), unlimited)).toBe(true);
    expect(limit(0).parse(0)).toBe(0);
    expect(isTaken(limit(1), 0)).toBe(false);
    expect(isTaken(limit(0), 2_147_483_648)).toBe(false);
  });
});

describe('quotas of a key', () => {
  test('take every type, as a number or, for amounts beyond exact numbers, as a string', () => {
    for (const quotaType of KEY_QUOTA_TYPES) {
      expect(keyQuotas.parse([{ quotaType, limit: 5 }])).toEqual([{ quotaType, limit: 5n }]);
      expect(keyQuotas.parse([{ quotaType, limit: '9000000000000000' }])[0]?.limit).toBe(NANO_MAX);
    }
  });

  test.each([0, -1, 1.5, '0', '-1', '1.5', '9000000000000001', '', null, 2 ** 60])(
    'refuse the limit %j',
    (wrong) => {
      const said = complaint(keyQuotas, [{ quotaType: 'daily_requests', limit: wrong }]);
      expect(said).toMatch(/^must be a positive whole number/);
    },
  );

  test('name each type once, and no field that we do not know', () => {
    const twice = [1, 2].map((each) => ({ quotaType: 'daily_requests', limit: each }));
    expect(complaint(keyQuotas, twice)).toBe('must name each quotaType once');
    expect(isTaken(keyQuotas, [{ quotaType: 'daily_requests', limit: 1, used: 0 }])).toBe(false);
    expect(complaint(keyQuotas, [{ quotaType: 'hourly', limit: 1 }])).toContain(
      'must be one of daily_requests',
    );
  });
});

describe('times', () => {
  test('are instants with their zone, from 1970 to 9999', () => {
    expect(instant.parse('2030-01-31T01:00:00+01:00')).toEqual(new Date('2030-01-31T00:00:00Z'));
    for (const wrong of [
      '2030-01-31',
      '2030-01-31T00:00:00',
      '1969-12-31T23:59:59Z',
      'tomorrow',
      '',
      7,
      null,
      '2030-02-30T00:00:00Z',
    ]) {
      expect(complaint(instant, wrong)).toContain('must be an ISO 8601 instant');
    }
  });

  test('may be a day alone where that is said, and then begin it', () => {
    expect(dayOrInstant.parse('2030-01-31')).toEqual(new Date('2030-01-31T00:00:00Z'));
    expect(dayOrInstant.parse('2030-01-31T12:00:00Z')).toEqual(new Date('2030-01-31T12:00:00Z'));
    for (const wrong of ['1969-12-31', '2030-1-31', '2030-02-30', 'x', null]) {
      expect(complaint(dayOrInstant, wrong)).toContain('must be a day (2030-01-31)');
    }
  });
});

describe('addresses', () => {
  test.each([
    '203.0.113.7',
    '203.0.113.0/24',
    '0.0.0.0/0',
    '2001:db8::1',
    '2001:db8::/32',
    '::/0',
    '::ffff:1.2.3.4',
  ])('take %s', (address) => {
    expect(ipOrCidr.parse(address)).toBe(address);
  });

  test.each([
    '203.0.113',
    '203.0.113.7/33',
    '203.0.113.7/',
    '203.0.113.7/8/8',
    '203.0.113.7/-1',
    '203.0.113.7/1e1',
    'fe80::1%eth0',
    '2001:db8::/129',
    'example.com',
    '',
    ' 203.0.113.7',
    7,
    null,
  ])('refuse %j', (wrong) => {
    expect(complaint(ipOrCidr, wrong)).toMatch(/^must be an IP address or a CIDR block/);
  });
});

test('whatever is sent is taken or refused with words, never thrown', () => {
  const fields = [
    nano,
    price,
    name,
    integer(0),
    limit(0),
    keyQuotas,
    instant,
    dayOrInstant,
    ipOrCidr,
  ];
  fc.assert(
    fc.property(fc.anything(), (value) => {
      for (const field of fields) {
        const parsed = field.safeParse(value);
        if (!parsed.success) expect(parsed.error.issues[0]?.message).not.toBe('');
      }
    }),
    { numRuns: 500 },
  );
});
