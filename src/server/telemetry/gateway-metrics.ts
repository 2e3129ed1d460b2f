import { LONG_MS_BUCKETS, type MetricMakers } from './metric-makers';

/** Traffic, errors, latency and saturation, by route, model and upstream. */
export const gatewayMetrics = ({ counter, histogram, gauge }: MetricMakers) => ({
  requests: counter('gateway_requests', 'Requests answered, by endpoint and status.', [
    'endpoint',
    'status',
  ]),
  requestMs: histogram(
    'gateway_request_duration_ms',
    'Time of a request from its head to its last byte.',
    LONG_MS_BUCKETS,
    ['endpoint'],
  ),
  errors: counter('gateway_errors', 'Requests that ended in an error, by its code.', [
    'endpoint',
    'code',
  ]),
  modelRequests: counter('gateway_model_requests', 'Requests by model and what became of them.', [
    'model',
    'outcome',
  ]),
  tokens: counter('gateway_tokens', 'Tokens billed, by model and direction.', [
    'model',
    'direction',
  ]),
  inFlight: gauge('gateway_in_flight', 'Requests under way, until they are settled.', {
    across: 'sum',
  }),
  faults: counter('gateway_faults', 'What went wrong inside and was survived, by where.', ['what']),
  upstreamCalls: counter('upstream_calls', 'Calls of upstreams and what came of them.', [
    'upstream',
    'outcome',
  ]),
  upstreamMs: histogram(
    'upstream_response_duration_ms',
    'Time until an upstream began to answer.',
    LONG_MS_BUCKETS,
    ['upstream', 'model'],
  ),
});
