import { LedgerUnavailable } from '@/server/domain/unavailable';

/** Connection exceptions, resource limits, operator intervention (shutdown, recovery), rollbacks. */
const SQLSTATE_CLASSES = ['08', '53', '57', '40', '58', '25'];
const DRIVER_CODES = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  'CONNECTION_CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ECONNABORTED',
]);

/**
 * Whether an error says that the server is away rather than that the statement is wrong. Drizzle
 * wraps what the driver said.
 */
export function isPostgresOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (!('code' in error) || typeof error.code !== 'string') return isPostgresOutage(error.cause);
  return DRIVER_CODES.has(error.code) || SQLSTATE_CLASSES.includes(error.code.slice(0, 2));
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

/** A row stayed locked: only who needs that very row has to wait. */
export const isLockTimeout = (error: unknown): boolean => hasCode(error, '55P03');

/** There is such a row already. */
export const isDuplicate = (error: unknown): boolean => hasCode(error, '23505');

/** How long a query of the money path may take; a server that stands still looks like one away. */
const QUERY_MS_MAX = 5_000;

/** Whether nobody waits for a query any more: it was given up as unanswered. */
export type IsLate = () => boolean;

/**
 * Runs a query and turns an outage, or silence, into LedgerUnavailable. The query may still take
 * effect after that: every write of the ledger is guarded against being late. One of several steps
 * asks `isLate` before it writes.
 */
export async function guarded<T>(query: (isLate: IsLate) => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let isLate = false;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      isLate = true;
      reject(new LedgerUnavailable(new Error(`No answer for ${QUERY_MS_MAX} ms`)));
    }, QUERY_MS_MAX);
  });
  try {
    return await Promise.race([query(() => isLate), silence]);
  } catch (error) {
    throw isPostgresOutage(error) ? new LedgerUnavailable(error) : error;
  } finally {
    clearTimeout(timer);
  }
}
