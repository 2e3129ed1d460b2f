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
  'EHOSTUNREACH',
]);

/** Whether an error says that the server is away rather than that the statement is wrong. */
export function isPostgresOutage(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') {
    return false;
  }
  return DRIVER_CODES.has(error.code) || SQLSTATE_CLASSES.includes(error.code.slice(0, 2));
}

/** Runs a query and turns an outage into LedgerUnavailable. */
export async function guarded<T>(query: () => Promise<T>): Promise<T> {
  try {
    return await query();
  } catch (error) {
    throw isPostgresOutage(error) ? new LedgerUnavailable(error) : error;
  }
}
