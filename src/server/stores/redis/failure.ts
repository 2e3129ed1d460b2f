/**
 * Why Redis could not answer. `timeout` and `disconnected`: the outcome is unknown, the script may
 * have run; every other reason means that it did not run, or was refused whole.
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

const BY_CODE: ReadonlyMap<string, RedisFailureReason> = new Map([
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
  ['WRONGPASS', 'misconf'],
  ['NOPERM', 'misconf'],
]);

/**
 * At the beginning; of a script under Redis 6, where it says which command failed; of a cluster's
 * client that gave up, where it says how the last node answered.
 */
const CODE = new RegExp(`(?:^|: -|ReplyError: )(${[...BY_CODE.keys()].join('|')})\\b`);

const DISCONNECTED =
  /connection is closed|stream isn't writeable|econn|epipe|etimedout|enotfound|eai_again|enetunreach|ehost|max retries|socket closed|none of startup nodes|failed to refresh slots|too many cluster redirections|cluster isn't ready|aborted/i;

/** Names the failure behind an error of the client; null for a fault of our own (bad arguments). */
export function redisFailure(error: unknown): RedisFailureReason | null {
  if (!(error instanceof Error)) return null;
  if (/command timed out/i.test(error.message)) return 'timeout';
  const reason = BY_CODE.get(CODE.exec(error.message)?.[1] ?? '');
  if (reason !== undefined) return reason;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return DISCONNECTED.test(`${error.name} ${code} ${error.message}`) ? 'disconnected' : null;
}

/** An outage as RedisUnavailable; anything else as it is. */
export function redisError(error: unknown): unknown {
  const reason = redisFailure(error);
  return reason === null ? error : new RedisUnavailable(reason, error);
}

/** Runs a command and turns an outage into RedisUnavailable. */
export async function guardedRedis<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw redisError(error);
  }
}
