/**
 * Why Redis could not answer. `timeout`: the outcome is unknown, the script may have run or may
 * still run; every other reason means that it did not run, or ran and was refused whole.
 */
export type RedisFailureReason =
  | 'disconnected'
  | 'timeout'
  | 'loading'
  | 'readonly'
  | 'misconf'
  | 'out_of_memory'
  | 'busy'
  | 'cluster_down'
  /** It evicts, or its maxmemory-policy lets it: no place for money. */
  | 'forgetful';

/** Redis is away or not to be trusted right now; the request goes on through Postgres. */
export class RedisUnavailable extends Error {
  constructor(
    readonly reason: RedisFailureReason,
    cause: unknown,
  ) {
    super(`Redis is unavailable: ${reason}`, { cause });
    this.name = 'RedisUnavailable';
  }
}

const BY_PREFIX: readonly (readonly [prefix: string, reason: RedisFailureReason])[] = [
  ['LOADING', 'loading'],
  ['READONLY', 'readonly'],
  ['MISCONF', 'misconf'],
  ['OOM', 'out_of_memory'],
  ['BUSY', 'busy'],
  ['CLUSTERDOWN', 'cluster_down'],
  ['TRYAGAIN', 'cluster_down'],
  ['MASTERDOWN', 'readonly'],
  ['NOREPLICAS', 'misconf'],
  ['NOAUTH', 'misconf'],
  ['NOPERM', 'misconf'],
];

const DISCONNECTED =
  /connection is closed|stream isn't writeable|econn|epipe|etimedout|enotfound|max retries|socket closed|none of startup nodes|failed to refresh slots|aborted/i;

/** Names the failure behind an error of the client; null for a fault of our own (bad arguments). */
export function redisFailure(error: unknown): RedisFailureReason | null {
  if (!(error instanceof Error)) return null;
  if (/command timed out/i.test(error.message)) return 'timeout';
  for (const [prefix, reason] of BY_PREFIX) if (error.message.startsWith(prefix)) return reason;
  if (error.message.includes('-OOM') || error.message.includes('OOM command')) {
    return 'out_of_memory';
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return DISCONNECTED.test(`${error.name} ${code} ${error.message}`) ? 'disconnected' : null;
}

/** Runs a command and turns an outage into RedisUnavailable. */
export async function guardedRedis<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const reason = redisFailure(error);
    throw reason === null ? error : new RedisUnavailable(reason, error);
  }
}
