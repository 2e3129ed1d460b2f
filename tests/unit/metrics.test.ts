import { describe, expect, test } from 'vitest';
import { createGatewayTelemetry } from '@/server/telemetry/create-gateway-telemetry';
import { createLogger } from '@/server/telemetry/logger';
import { createMetrics } from '@/server/telemetry/metrics';

/** Dashboards and alerts are written against these: name, kind, labels. */
const PROMISED = {
  quota_redis_db_diff: ['gauge', ['tenant_id']],
  billing_deduct_success: ['counter', []],
  billing_deduct_failure: ['counter', ['reason']],
  billing_idempotent_hit: ['counter', []],
  billing_idempotent_conflict: ['counter', []],
  billing_stream_pending_created: ['counter', []],
  billing_stream_committed: ['counter', []],
  billing_stream_failed: ['counter', []],
  billing_stream_token_accuracy_pct: ['histogram', []],
  quota_check_duration_ms: ['histogram', []],
  billing_duration_ms: ['histogram', []],
  redis_lua_script_duration_ms: ['histogram', ['script']],
} as const;

/** Every sample line of the text that Prometheus reads. */
async function samples(metrics: ReturnType<typeof createMetrics>): Promise<string[]> {
  const text = await metrics.registry.metrics();
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('the promised metrics', () => {
  test.each(Object.entries(PROMISED))('%s', async (name, [kind, labels]) => {
    const metrics = createMetrics();
    const described = (await metrics.registry.getMetricsAsJSON()).find(
      (each) => each.name === name,
    );
    expect(described?.type).toBe(kind);
    expect(described?.help).not.toBe('');
    const text = await metrics.registry.metrics();
    expect(text).toContain(`# TYPE ${name} ${kind}\n`);
    const metric = metrics.registry.getSingleMetric(name);
    expect(metric).toHaveProperty('labelNames', [...labels]);
  });

  test('of latency have a bucket that ends where the alert begins', async () => {
    const metrics = createMetrics();
    metrics.billingMs.observe(99);
    metrics.quotaCheckMs.observe(101);
    const lines = await samples(metrics);
    expect(lines).toContain('billing_duration_ms_bucket{le="100"} 1');
    expect(lines).toContain('quota_check_duration_ms_bucket{le="100"} 0');
  });

  test('of accuracy run from 0 to 100 and tell 99 from less', async () => {
    const metrics = createMetrics();
    metrics.streamTokenAccuracy.observe(98.9);
    metrics.streamTokenAccuracy.observe(100);
    const lines = await samples(metrics);
    expect(lines).toContain('billing_stream_token_accuracy_pct_bucket{le="99"} 1');
    expect(lines).toContain('billing_stream_token_accuracy_pct_bucket{le="100"} 2');
  });
});

describe('what the gateway reports', () => {
  test('is counted under the promised names', async () => {
    const metrics = createMetrics();
    const telemetry = createGatewayTelemetry(metrics, createLogger('silent'));
    telemetry.deducted();
    for (const reason of ['insufficient_balance', 'redis_error', 'db_error'] as const) {
      telemetry.deductFailed(reason);
    }
    telemetry.idempotentHit();
    telemetry.idempotentConflict();
    telemetry.streamPending();
    telemetry.streamCommitted(99.5);
    telemetry.streamCommitted(null);
    telemetry.streamFailed();
    telemetry.quotaChecked(1);
    telemetry.billed(1);
    const lines = await samples(metrics);
    expect(lines).toEqual(
      expect.arrayContaining([
        'billing_deduct_success 1',
        'billing_deduct_failure{reason="insufficient_balance"} 1',
        'billing_deduct_failure{reason="redis_error"} 1',
        'billing_deduct_failure{reason="db_error"} 1',
        'billing_idempotent_hit 1',
        'billing_idempotent_conflict 1',
        'billing_stream_pending_created 1',
        'billing_stream_committed 2',
        'billing_stream_failed 1',
        'billing_stream_token_accuracy_pct_count 1',
        'quota_check_duration_ms_count 1',
        'billing_duration_ms_count 1',
      ]),
    );
  });

  test('stands at zero before anything has happened, so that a rate can be taken from it', async () => {
    const lines = await samples(createMetrics());
    expect(lines).toContain('billing_deduct_success 0');
    expect(lines).toContain('billing_stream_committed 0');
    expect(lines).toContain('billing_deduct_failure{reason="db_error"} 0');
  });
});
