import path from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import {
  apiKeyPrefix,
  createKeyHasher,
  generateApiKey,
  isWellFormedApiKey,
} from '@/server/security/api-key';
import { bearerEquals } from '@/server/security/bearer';
import { createSecretBox } from '@/server/security/secret-box';

const KEYS = Array.from({ length: 200 }, generateApiKey);

describe('an API key', () => {
  test('is tg- and 49 letters and digits, and never the same twice', () => {
    for (const key of KEYS) expect(key).toMatch(/^tg-[0-9A-Za-z]{49}$/);
    expect(new Set(KEYS).size).toBe(KEYS.length);
  });

  test('is known by its checksum: no single wrong character passes', () => {
    const position = fc.integer({ min: 3, max: 51 });
    const other = fc.constantFrom(
      ...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
    );
    fc.assert(
      fc.property(fc.constantFrom(...KEYS), position, other, (key, at, char) => {
        const changed = key.slice(0, at) + char + key.slice(at + 1);
        expect(isWellFormedApiKey(changed)).toBe(changed === key);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    '',
    'tg-',
    'sk-abc',
    `${KEYS[0]} `,
    `${KEYS[0]}\n`,
    ` ${KEYS[0]}`,
    `${KEYS[0]}0`,
    KEYS[0]?.slice(0, -1),
    KEYS[0]?.toUpperCase(),
  ])('is not %j', (text = '') => {
    expect(isWellFormedApiKey(text)).toBe(false);
  });

  test('made by npm start before anything is installed has the same form', async () => {
    const file = path.join(import.meta.dirname, '../../scripts/lib/secrets.mjs');
    const secrets = z
      .object({ makeApiKey: z.custom<() => string>((value) => typeof value === 'function') })
      .parse(await import(pathToFileURL(file).href));
    for (let i = 0; i < 50; i += 1) expect(isWellFormedApiKey(secrets.makeApiKey())).toBe(true);
  });

  test('shows ten characters of itself, of which seven are random', () => {
    expect(apiKeyPrefix(KEYS[0] ?? '')).toBe(KEYS[0]?.slice(0, 10));
  });
});

describe("a key's hash", () => {
  const hash = createKeyHasher('an-encryption-key');

  test('is the same in every replica that shares ENCRYPTION_KEY, and only there', () => {
    const [key = ''] = KEYS;
    expect(hash(key)).toEqual(createKeyHasher('an-encryption-key')(key));
    expect(hash(key)).not.toEqual(createKeyHasher('another-encryption-key')(key));
    expect(hash(key)).toHaveLength(32);
  });

  test('differs from key to key and holds nothing of the key', () => {
    const hashes = KEYS.map((key) => hash(key).toString('hex'));
    expect(new Set(hashes).size).toBe(KEYS.length);
  });

  test('is made once while its key is in use, and no key stays in memory for longer', () => {
    vi.useFakeTimers();
    try {
      const hash = createKeyHasher('an-encryption-key');
      const [key = ''] = KEYS;
      const digest = hash(key);
      expect(hash(key)).toBe(digest);
      vi.advanceTimersByTime(3_000);
      expect(vi.getTimerCount()).toBe(0);
      expect(hash(key)).not.toBe(digest);
      expect(hash(key)).toEqual(digest);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('a bearer token', () => {
  const TOKEN = 'an-admin-token';
  test.each([`Bearer ${TOKEN}`, `bearer ${TOKEN}`, `Bearer   ${TOKEN}`])(
    'is taken from %j',
    (header) => {
      expect(bearerEquals(header, TOKEN)).toBe(true);
    },
  );

  test.each([
    null,
    '',
    'Bearer',
    'Bearer ',
    TOKEN,
    `Basic ${TOKEN}`,
    `Bearer ${TOKEN}x`,
    `Bearer ${TOKEN.slice(1)}`,
    `Bearer ${TOKEN} x`,
    `Bearer ${TOKEN.toUpperCase()}`,
    `Bearer\t${TOKEN}`,
  ])('is not taken from %j', (header) => {
    expect(bearerEquals(header, TOKEN)).toBe(false);
  });
});

describe('the secret box', () => {
  const box = createSecretBox('an-encryption-key');

  test('gives back what was put in, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (secret) => {
        expect(box.open(box.seal(secret))).toBe(secret);
      }),
    );
  });

  test('shows neither the secret nor that two are the same', () => {
    const sealed = [box.seal('sk-upstream'), box.seal('sk-upstream')].map((bytes) =>
      Buffer.from(bytes),
    );
    expect(sealed[0]?.equals(sealed[1] ?? Buffer.alloc(0))).toBe(false);
    expect(sealed[0]?.includes('sk-upstream')).toBe(false);
  });

  test('no changed byte goes unnoticed', () => {
    const sealed = box.seal('sk-upstream');
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Uint8Array.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => box.open(changed)).toThrow();
    }
  });

  test('opens with no other key, and nothing that was cut short', () => {
    const sealed = box.seal('sk-upstream');
    expect(() => createSecretBox('another-encryption-key').open(sealed)).toThrow();
    for (const whole of [sealed, box.seal('')]) {
      for (let length = 0; length < whole.length; length += 1) {
        expect(() => box.open(whole.slice(0, length))).toThrow();
      }
    }
  });
});
