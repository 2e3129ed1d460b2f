import { createHash, randomBytes } from 'node:crypto';

const SECRET_BYTES = 32;
const WELL_FORMED = /^[A-Za-z0-9_-]{43}$/;

/** SHA-256: enough for 32 random bytes, which nobody can try through. */
const hashOf = (token: string): Uint8Array => createHash('sha256').update(token).digest();

/** The secret of a link, and what is stored of it. */
export function newLinkToken(): { readonly token: string; readonly hash: Uint8Array } {
  const token = randomBytes(SECRET_BYTES).toString('base64url');
  return { token, hash: hashOf(token) };
}

/** Null: no link of ours ever looked so. */
export const linkTokenHash = (token: string): Uint8Array | null =>
  WELL_FORMED.test(token) ? hashOf(token) : null;
