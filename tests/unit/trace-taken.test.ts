import { describe, expect, test } from 'vitest';
import { newApiKeyId, newTenantId } from '@/server/domain/ids';
import { traceTaken } from '@/server/gateway/resolve-trace';
import type { Caller } from '@/server/gateway/types';
import { createGatewayTelemetry } from '@/server/telemetry/create-gateway-telemetry';
import { createLogger } from '@/server/telemetry/logger';
import { createMetrics } from '@/server/telemetry/metrics';

const KEY = newApiKeyId();
const CALLER: Caller = {
  digest: new Uint8Array(32),
  key: {
    keyId: KEY,
    tenantId: newTenantId(),
    status: 'active',
    tenantStatus: 'active',
    expiresAtMs: null,
    allowedModels: null,
    allowedIps: null,
    limits: { rpm: null, tpm: null, concurrency: null, quotas: [] },
  },
};

describe('a trace that another request holds', () => {
  const metrics = createMetrics();
  const ports = { telemetry: createGatewayTelemetry(metrics, createLogger('silent')) };
  const told = (holder: { bodyHash: string | null; keyId: typeof KEY | null }) =>
    traceTaken(
      ports,
      { bodyHash: holder.bodyHash ?? '', keyId: holder.keyId ?? newApiKeyId() },
      CALLER,
      'hash',
    );

  test('with the same body and key is in flight: wait a second, its answer will come', () => {
    expect(told({ bodyHash: 'hash', keyId: KEY })).toMatchObject({
      code: 'trace_in_flight',
      status: 409,
      retryAfterMs: 1_000,
    });
  });

  test.each([
    ['another body', { bodyHash: 'other', keyId: KEY }],
    ['another key', { bodyHash: 'hash', keyId: newApiKeyId() }],
    ['no body at all', { bodyHash: null, keyId: KEY }],
  ])('with %s is a conflict, and waiting will not help', (_what, holder) => {
    expect(told(holder)).toMatchObject({ code: 'trace_conflict', status: 409, retryAfterMs: null });
  });

  test('is counted as a conflict either way', async () => {
    const { values } = await metrics.idempotentConflict.get();
    expect(values[0]?.value).toBe(4);
  });
});
