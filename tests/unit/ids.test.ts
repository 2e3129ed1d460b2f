import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  newTransactionId,
  operationId,
  parseApiKeyId,
  parseOperationId,
  parseTenantId,
  parseTraceId,
  uuidV7,
} from '@/server/domain/ids';

const UUID = '0190a000-0000-7000-8000-00000000000a';

describe('trace ids', () => {
  it('are 1 to 128 of A-Z a-z 0-9 . _ : -', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9._:-]{1,128}$/), (text) => {
        expect(parseTraceId(text)).toBe(text);
      }),
    );
    expect(parseTraceId('test-trace-123')).toBe('test-trace-123');
    expect(parseTraceId('x'.repeat(128))).not.toBeNull();
  });

  it.each([
    '',
    'x'.repeat(129),
    'a b',
    'a\n',
    '\na',
    'a\r\n',
    'a\0',
    'ä',
    'a/b',
    'a|b',
    "a'b",
    '{a}',
    '🙂',
  ])('are not %j', (text) => {
    expect(parseTraceId(text)).toBeNull();
  });
});

describe('tenant and key ids', () => {
  it('are UUIDs, told apart from nothing by their case', () => {
    expect(parseTenantId(UUID)).toBe(UUID);
    expect(parseTenantId(UUID.toUpperCase())).toBe(UUID);
    expect(parseApiKeyId(UUID)).toBe(UUID);
  });

  it.each(['', 'x', UUID.slice(1), `${UUID}0`, `${UUID}\n`, `{${UUID}}`, UUID.replaceAll('-', '')])(
    'are not %j',
    (text) => {
      expect(parseTenantId(text)).toBeNull();
      expect(parseApiKeyId(text)).toBeNull();
    },
  );
});

describe('operation ids', () => {
  it('name one attempt of one transaction, and are read back as that', () => {
    const id = newTransactionId();
    expect(operationId(id, 1)).toBe(`${id}:1`);
    expect(operationId(id, 2)).not.toBe(operationId(id, 1));
    expect(parseOperationId(operationId(id, 12))).toBe(`${id}:12`);
  });

  it.each([UUID, `${UUID}:`, `${UUID}:0`, `${UUID}:-1`, `${UUID}:1x`, `x${UUID}:1`, `${UUID}:1\n`])(
    'are not %j',
    (text) => {
      expect(parseOperationId(text)).toBeNull();
    },
  );
});

describe('UUIDv7', () => {
  const SHAPE = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

  it('has its shape and holds the time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), (at) => {
        const id = uuidV7(at);
        expect(id).toMatch(SHAPE);
        expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(at);
      }),
    );
  });

  it('sorts by time, and 100,000 of one millisecond are all different', () => {
    expect(uuidV7(1_000) < uuidV7(1_001)).toBe(true);
    const ids = new Set(Array.from({ length: 100_000 }, () => uuidV7(1_000)));
    expect(ids.size).toBe(100_000);
  });

  it('is random in every place that may be', () => {
    const seen = Array.from({ length: 20 }, () => new Set<string>());
    for (let again = 0; again < 2_000; again += 1) {
      const random = uuidV7(0).replaceAll('-', '').slice(12);
      for (const [at, digit] of [...random].entries()) seen[at]?.add(digit);
    }
    expect(seen.map((digits) => digits.size)).toEqual([1, 16, 16, 16, 4, ...Array(15).fill(16)]);
  });
});
