import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { DEDUCT_FAILURES, LATE_OUTCOMES } from './gateway';

const MS_BUCKETS = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000];
const PCT_BUCKETS = [50, 80, 90, 95, 98, 99, 99.5, 99.9, 100];

/** Every metric of the product, in one registry; names are a contract with dashboards and alerts. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
    new Counter({ name, help, labelNames, registers });
  const histogram = <L extends string>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: L[] = [],
  ) => new Histogram({ name, help, buckets, labelNames, registers });
  const deductFailure = counter('billing_deduct_failure', 'Charges that failed, by reason.', [
    'reason',
  ]);
  // From nothing to one is a rise that Prometheus does not see; from zero to one is.
  for (const reason of DEDUCT_FAILURES) deductFailure.inc({ reason }, 0);
  const lateSettlements = counter(
    'billing_late_settlements',
    'Answers on a spool whose charge the sweeper had ended: booked after all, or lost.',
    ['outcome'],
  );
  for (const outcome of LATE_OUTCOMES) lateSettlements.inc({ outcome }, 0);
  return {
    registry,
    quotaRedisDbDiff: new Gauge({
      name: 'quota_redis_db_diff',
      help: 'Difference between Redis and Postgres of a tenant, in nano-USD.',
      labelNames: ['tenant_id'],
      registers,
    }),
    deductSuccess: counter('billing_deduct_success', 'Charges committed.'),
    deductFailure,
    spooled: counter('billing_spooled', 'Settlements that had to wait for Postgres on the spool.'),
    spoolWaiting: new Gauge({
      name: 'billing_spool_waiting',
      help: 'Settlements on the spool that are not booked yet.',
      registers,
    }),
    lateSettlements,
    quarantined: counter('billing_quarantined', 'Settlements that the ledger refused.'),
    quarantineWaiting: new Gauge({
      name: 'billing_quarantine_waiting',
      help: 'Settlements in quarantine that no operator has resolved yet.',
      registers,
    }),
    answersNotStored: counter(
      'billing_answers_not_stored',
      'Answers not kept for a repeat, since the budgets of their tenant are spent.',
    ),
    idempotentHit: counter('billing_idempotent_hit', 'Stored answers replayed.'),
    idempotentConflict: counter('billing_idempotent_conflict', 'Trace ids refused with 409.'),
    streamPending: counter('billing_stream_pending_created', 'Streams begun.'),
    streamCommitted: counter('billing_stream_committed', 'Streams committed.'),
    streamFailed: counter('billing_stream_failed', 'Streams that were void or failed to settle.'),
    streamTokenAccuracy: histogram(
      'billing_stream_token_accuracy_pct',
      'How close the counted output tokens came to the reported ones, 0 to 100.',
      PCT_BUCKETS,
    ),
    quotaCheckMs: histogram('quota_check_duration_ms', 'Time of the quota check.', MS_BUCKETS),
    billingMs: histogram(
      'billing_duration_ms',
      "The gateway's own time in both phases of billing.",
      MS_BUCKETS,
    ),
    luaScriptMs: histogram(
      'redis_lua_script_duration_ms',
      'Time of a Lua script, by script.',
      MS_BUCKETS,
      ['script'],
    ),
    requests: counter('gateway_requests', 'Requests answered, by endpoint and status.', [
      'endpoint',
      'status',
    ]),
    requestMs: histogram(
      'gateway_request_duration_ms',
      'Time of a request from its head to its last byte.',
      [...MS_BUCKETS, 10_000, 30_000, 60_000],
      ['endpoint'],
    ),
    usageAnomalies: counter('billing_usage_anomaly', 'Usage that deserves a look, by kind.', [
      'kind',
    ]),
    breakerOpen: new Gauge({
      name: 'redis_breaker_open',
      help: '1 while Redis is left alone and Postgres judges quota.',
      registers,
    }),
    breakerOpened: counter('redis_breaker_opened', 'Times that Redis was left alone, by reason.', [
      'reason',
    ]),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
