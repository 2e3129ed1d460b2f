export type Unit = 'ms' | 's' | 'reqps' | 'ops' | 'percent' | 'percentunit' | 'short' | 'bytes';

export interface Panel {
  readonly title: string;
  readonly unit: Unit;
  /** Expressions by what Grafana calls their lines. */
  readonly lines: Readonly<Record<string, string>>;
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

const rate = (series: string): string => `rate(${series}[$__rate_interval])`;

const quantile = (q: number, metric: string, by = ''): string =>
  `histogram_quantile(${q}, sum by (le${by}) (${rate(`${metric}_bucket`)}))`;

const percentiles = (metric: string): Record<string, string> => ({
  p50: quantile(0.5, metric),
  p95: quantile(0.95, metric),
  p99: quantile(0.99, metric),
});

const failureShare =
  `sum(${rate('billing_deduct_failure')}) / ` +
  `(sum(${rate('billing_deduct_success')}) + sum(${rate('billing_deduct_failure')}))`;

const meanAccuracy =
  `sum(${rate('billing_stream_token_accuracy_pct_sum')}) / ` +
  `sum(${rate('billing_stream_token_accuracy_pct_count')})`;

/** What an operator looks at, most urgent first; what no panel shows gets one of its own at the end. */
export const ROWS: readonly Row[] = [
  {
    title: 'Money',
    panels: [
      {
        title: 'Redis and Postgres differ by (nano-USD)',
        unit: 'short',
        lines: { '{{tenant_id}}': 'topk(10, max by (tenant_id) (quota_redis_db_diff) > 0)' },
      },
      { title: 'Charges that fail', unit: 'percentunit', lines: { share: failureShare } },
      {
        title: 'Charges',
        unit: 'ops',
        lines: {
          committed: `sum(${rate('billing_deduct_success')})`,
          '{{reason}}': `sum by (reason) (${rate('billing_deduct_failure')})`,
        },
      },
      {
        title: 'Streams counted like their upstreams',
        unit: 'percent',
        lines: { mean: meanAccuracy },
      },
      { title: 'Time in billing', unit: 'ms', lines: percentiles('billing_duration_ms') },
      {
        title: 'Time of the quota check',
        unit: 'ms',
        lines: percentiles('quota_check_duration_ms'),
      },
      {
        title: 'Waiting to be booked',
        unit: 'short',
        lines: {
          'spool {{instance}}': 'billing_spool_waiting',
          quarantine: 'max(billing_quarantine_waiting)',
          'overspent tenants': 'max(billing_overspent_tenants)',
        },
      },
      { title: 'Sweeper behind by', unit: 'ms', lines: { lag: 'max(billing_sweep_lag_ms)' } },
    ],
  },
  {
    title: 'Traffic',
    panels: [
      {
        title: 'Requests by route',
        unit: 'reqps',
        lines: { '{{endpoint}}': `sum by (endpoint) (${rate('gateway_requests')})` },
      },
      {
        title: 'Errors by code',
        unit: 'reqps',
        lines: { '{{code}}': `sum by (code) (${rate('gateway_errors')})` },
      },
      {
        title: 'Time of a request, p99 by route',
        unit: 'ms',
        lines: {
          '{{endpoint}}': quantile(0.99, 'gateway_request_duration_ms', ', endpoint'),
        },
      },
      {
        title: 'Requests by model',
        unit: 'reqps',
        lines: {
          '{{model}} {{outcome}}': `sum by (model, outcome) (${rate('gateway_model_requests')})`,
        },
      },
      {
        title: 'Tokens',
        unit: 'ops',
        lines: {
          '{{model}} {{direction}}': `sum by (model, direction) (${rate('gateway_tokens')})`,
        },
      },
      {
        title: 'Streams',
        unit: 'ops',
        lines: {
          begun: `sum(${rate('billing_stream_pending_created')})`,
          committed: `sum(${rate('billing_stream_committed')})`,
          failed: `sum(${rate('billing_stream_failed')})`,
        },
      },
    ],
  },
  {
    title: 'Upstreams',
    panels: [
      {
        title: 'Calls by outcome',
        unit: 'reqps',
        lines: {
          '{{upstream}} {{outcome}}': `sum by (upstream, outcome) (${rate('upstream_calls')})`,
        },
      },
      {
        title: 'Time until an answer begins, p95',
        unit: 'ms',
        lines: {
          '{{upstream}} {{model}}': quantile(
            0.95,
            'upstream_response_duration_ms',
            ', upstream, model',
          ),
        },
      },
    ],
  },
  {
    title: 'Stores',
    panels: [
      {
        title: 'Time of the Lua scripts, p99',
        unit: 'ms',
        lines: { '{{script}}': quantile(0.99, 'redis_lua_script_duration_ms', ', script') },
      },
      {
        title: 'Redis left alone, Postgres away',
        unit: 'short',
        lines: {
          'Redis left alone {{instance}}': 'redis_breaker_open',
          'Postgres up {{instance}}': 'postgres_up',
        },
      },
      {
        title: "Postgres's pools",
        unit: 'short',
        lines: {
          'busy {{pool}} {{instance}}': 'postgres_connections_busy',
          'waiting {{pool}} {{instance}}': 'postgres_statements_waiting',
        },
      },
    ],
  },
  {
    title: 'Processes',
    panels: [
      {
        title: 'Under way',
        unit: 'short',
        lines: { '{{instance}}': 'gateway_in_flight', processes: 'sum(gateway_processes)' },
      },
      {
        title: 'The event loop stood still for',
        unit: 's',
        lines: { '{{instance}}': 'nodejs_eventloop_lag_max_seconds' },
      },
      {
        title: 'Busy',
        unit: 'percentunit',
        lines: {
          'event loop {{instance}}': 'nodejs_eventloop_utilization',
          'CPU {{instance}}': rate('process_cpu_seconds_total'),
        },
      },
      {
        title: 'Memory',
        unit: 'bytes',
        lines: {
          'resident {{instance}}': 'process_resident_memory_bytes',
          'heap {{instance}}': 'nodejs_heap_size_used_bytes',
        },
      },
    ],
  },
];
