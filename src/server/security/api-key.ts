import { createHmac, createSecretKey, hkdfSync, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const KEY = /^tg-[0-9A-Za-z]{49}$/;
/** How much of a key is kept in clear, so that its owner can tell it from others. */
const PREFIX_LENGTH = 10;

function checksum(body: string): string {
  let rest = crc32(body);
  let digits = '';
  do {
    digits = ALPHABET.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  } while (rest > 0);
  return digits.padStart(CHECKSUM_LENGTH, '0');
}

/** A new key: `tg-`, 43 random base62 characters (256 bits), 6 of checksum for secret scanners. */
export function generateApiKey(): string {
  let body = 'tg-';
  for (let i = 0; i < RANDOM_LENGTH; i += 1) body += ALPHABET.charAt(randomInt(62));
  return body + checksum(body);
}

/** Whether a string is shaped like a key of ours, checksum included; needs no database. */
export function isWellFormedApiKey(key: string): boolean {
  if (!KEY.test(key)) return false;
  const body = key.slice(0, -CHECKSUM_LENGTH);
  return checksum(body) === key.slice(-CHECKSUM_LENGTH);
}

export const apiKeyPrefix = (key: string): string => key.slice(0, PREFIX_LENGTH);

/** A key stays in memory for so long after it was hashed: less than a record of it is trusted. */
const REMEMBERED_MS = 3_000;
const REMEMBERED_MAX = 10_000;

/** What keys are hashed under while ENCRYPTION_KEY is the first one; replicas must share it. */
export const derivePepper = (encryptionKey: string): Buffer =>
  Buffer.from(hkdfSync('sha256', encryptionKey, 'tallygate', 'api-key-pepper', 32));

/** Hashes keys under the pepper of this ENCRYPTION_KEY. */
export const createKeyHasher = (encryptionKey: string): ((key: string) => Buffer) =>
  hasherUnder(derivePepper(encryptionKey));

/**
 * Hashes keys under a pepper. A busy key's digest is remembered for a moment: to make it anew for each
 * request takes longer than to parse the body.
 */
export function hasherUnder(bytes: Buffer): (key: string) => Buffer {
  const pepper = createSecretKey(bytes);
  const digests = new Map<string, Buffer>();
  const remember = (key: string, digest: Buffer) => {
    if (digests.size === 0) setTimeout(() => digests.clear(), REMEMBERED_MS).unref();
    if (digests.size < REMEMBERED_MAX) digests.set(key, digest);
    return digest;
  };
  return (key) =>
    digests.get(key) ?? remember(key, createHmac('sha256', pepper).update(key).digest());
}
