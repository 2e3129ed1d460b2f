import { describe, expect, test } from 'vitest';
import { newTenantId } from '@/server/domain/ids';
import { createGatewayTelemetry } from '@/server/telemetry/create-gateway-telemetry';
import { createDriftGauge } from '@/server/telemetry/drift-gauge';
import type { RequestRecord } from '@/server/telemetry/gateway';
import { createLogger } from '@/server/telemetry/logger';
import { createMetrics, type Metrics } from '@/server/telemetry/metrics';

const DONE: RequestRecord = {
  requestId: 'r',
  traceId: 't',
  tenantId: null,
  keyId: null,
  endpoint: 'chat.completions',
  model: 'm',
  isModelKnown: true,
  upstream: 'u',
  isStream: false,
  status: 200,
  code: null,
  outcome: 'answered',
  durationMs: 1,
  billingMs: 1,
  upstreamMs: 1,
  firstByteMs: null,
  amountNano: 1n,
  inputTokens: 3,
  outputTokens: 4,
  otelTraceId: undefined,
};

const seriesOf = async ({ registry }: Metrics): Promise<string[]> =>
  (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));

function observed() {
  const metrics = createMetrics();
  return { metrics, telemetry: createGatewayTelemetry(metrics, createLogger('silent')) };
}

describe('the series of the metrics', () => {
  test('do not grow with models, traces and keys that clients make up', async () => {
    const { metrics, telemetry } = observed();
    telemetry.requestDone({ ...DONE, isModelKnown: false, status: 404, code: 'model_not_found' });
    const before = (await seriesOf(metrics)).length;
    for (let i = 0; i < 5_000; i += 1) {
      telemetry.requestDone({
        ...DONE,
        isModelKnown: false,
        ...{ model: `made-up-${i}`, traceId: `t-${i}`, keyId: `k-${i}`, tenantId: `n-${i}` },
        ...{ status: 404, code: 'model_not_found' },
      });
    }
    const series = await seriesOf(metrics);
    expect(series.length).toBe(before);
    expect(series.join('\n')).not.toMatch(/made-up|t-1|k-1|n-1/);
    expect(series).toContain('gateway_model_requests{model="other",outcome="answered"} 5001');
  });

  test('end at a bound also where operators make and delete models and upstreams', async () => {
    const { metrics, telemetry } = observed();
    for (let i = 0; i < 2_000; i += 1) {
      telemetry.upstreamCalled(`upstream-${i}`, `model-${i}`, 'answer', 1);
      telemetry.requestDone({ ...DONE, model: `model-${i}` });
    }
    const text = (await seriesOf(metrics)).join('\n');
    const different = (pattern: RegExp) => new Set(text.match(pattern)).size;
    expect(different(/model="[^"]+"/g)).toBe(201);
    expect(different(/upstream="[^"]+"/g)).toBe(51);
    expect(text).toMatch(/^gateway_tokens\{model="other",direction="input"\} 5400$/m);
  });

  test('of drift are those of the tenants that differ most', async () => {
    const metrics = createMetrics();
    const tenants = Array.from({ length: 20 }, newTenantId);
    const show = createDriftGauge(metrics.quotaRedisDbDiff, 5);
    await show(async (onDrift) => {
      for (const [index, tenantId] of tenants.entries()) onDrift(tenantId, BigInt(-index));
    });
    const { values } = await metrics.quotaRedisDbDiff.get();
    expect(values.map(({ value }) => value)).toEqual([19, 18, 17, 16, 15]);
  });
});
