// @ts-check
import { randomBytes, randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { writePrivately } from './data-dir.mjs';
import { codeOf, Refusal } from './messages.mjs';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const CHECKSUM_LENGTH = 6;

/** Random letters and digits: safe in URLs, SQL and configuration files. @param {number} length */
export function randomToken(length) {
  let token = '';
  while (token.length < length) token += ALPHABET.charAt(randomInt(ALPHABET.length));
  return token;
}

/** A key in the gateway's format: `tg-`, 43 random base62 characters, 6 of CRC-32 checksum. */
export function makeApiKey() {
  const body = `tg-${randomToken(43)}`;
  let rest = zlib.crc32(body);
  let digits = '';
  for (; rest > 0; rest = Math.floor(rest / 62)) digits = ALPHABET.charAt(rest % 62) + digits;
  return body + digits.padStart(CHECKSUM_LENGTH, '0');
}

/** A UUID of version 7: 48 bits of milliseconds, the rest random. */
export function makeUuidV7() {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Everything made, by the variable that hands it to the server; the last three are the stores'. */
const MAKERS = {
  ADMIN_TOKEN: () => randomToken(43),
  NEXTAUTH_SECRET: () => randomToken(43),
  ENCRYPTION_KEY: () => randomToken(43),
  CRON_SECRET: () => randomToken(43),
  TALLYGATE_DEMO_EMAIL: () => 'demo@tallygate.local',
  TALLYGATE_DEMO_PASSWORD: () => randomToken(20),
  TALLYGATE_DEMO_API_KEY: makeApiKey,
  TALLYGATE_DEMO_TENANT_ID: makeUuidV7,
  postgresSuperuserPassword: () => randomToken(32),
  postgresPassword: () => randomToken(32),
  redisPassword: () => randomToken(32),
};

/** @typedef {Record<keyof typeof MAKERS, string>} Secrets */

/**
 * The data folder's secrets; what is missing is made and kept, so the next start has the same.
 * @param {string} dataDir
 * @returns {Secrets}
 */
export function keptSecrets(dataDir) {
  const file = path.join(dataDir, 'secrets.json');
  const kept = read(file);
  /** @type {Record<string, string>} */
  const all = { ...kept };
  for (const [name, make] of Object.entries(MAKERS)) all[name] ??= make();
  if (Object.keys(all).length > Object.keys(kept).length) writePrivately(file, all);
  return /** @type {Secrets} */ (all);
}

/** @param {string} file @returns {Record<string, string>} */
function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return {};
    throw new Refusal(
      `${file} cannot be read; mend it, or delete the data folder to begin afresh.`,
    );
  }
}
