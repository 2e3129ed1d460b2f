import { type MetricMakers, MS_BUCKETS } from './metric-makers';

/** Redis and Postgres, and what they differ by. */
export const storeMetrics = ({ counter, histogram, gauge }: MetricMakers) => ({
  quotaRedisDbDiff: gauge(
    'quota_redis_db_diff',
    'Difference between Redis and Postgres of a tenant, in nano-USD.',
    { labelNames: ['tenant_id'], across: 'max' },
  ),
  quotaCheckMs: histogram('quota_check_duration_ms', 'Time of the quota check.', MS_BUCKETS),
  luaScriptMs: histogram(
    'redis_lua_script_duration_ms',
    'Time of a Lua script, by script.',
    MS_BUCKETS,
    ['script'],
  ),
  breakerOpen: gauge(
    'redis_breaker_open',
    '1 while Redis is left alone and Postgres judges quota.',
    { across: 'max' },
  ),
  breakerOpened: counter('redis_breaker_opened', 'Times that Redis was left alone, by reason.', [
    'reason',
  ]),
  postgresUp: gauge('postgres_up', '1 while Postgres answers this instance.', { across: 'min' }),
  postgresBusy: gauge('postgres_connections_busy', 'Connections that Postgres is working for.', {
    labelNames: ['pool'],
    across: 'sum',
  }),
  postgresWaiting: gauge(
    'postgres_statements_waiting',
    'Statements that wait for a connection of their pool.',
    { labelNames: ['pool'], across: 'sum' },
  ),
});
