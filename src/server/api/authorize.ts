import { createHash, timingSafeEqual } from 'node:crypto';

const digest = (value: string): Buffer => createHash('sha256').update(value).digest();

/** The bearer token of a request; null when there is none. */
function bearer(headers: Headers): string | null {
  const match = /^Bearer +(\S+) *$/i.exec(headers.get('authorization') ?? '');
  return match?.[1] ?? null;
}

/** Whether the request carries the admin token, compared in constant time; unset: never. */
export function isOperator(headers: Headers, adminToken: string | undefined): boolean {
  const token = bearer(headers);
  if (token === null || adminToken === undefined || adminToken === '') return false;
  return timingSafeEqual(digest(token), digest(adminToken));
}
