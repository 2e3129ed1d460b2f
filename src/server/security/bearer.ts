import { createHash, timingSafeEqual } from 'node:crypto';

const digest = (value: string): Buffer => createHash('sha256').update(value).digest();

/** The secrets of a variable that holds one, or several while it is changed; the newest first. */
export function secretsOf(variable: string): readonly string[] {
  const several = variable.split(',').filter((secret) => secret !== '');
  return several.length === 0 ? [variable] : several;
}

/**
 * Whether an Authorization header carries this very token, one of several separated by commas, or all
 * of them, as Vercel sends its variable. Compared in constant time, whichever it is.
 */
export function bearerEquals(header: string | null, token: string): boolean {
  const given = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
  if (given === undefined) return false;
  const hash = digest(given);
  const equal = [token, ...secretsOf(token)].filter((one) => timingSafeEqual(hash, digest(one)));
  return equal.length > 0;
}
