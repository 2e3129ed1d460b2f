import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newTransactionId, operationId, trustedTenantId } from '@/server/domain/ids';
import { createBreaker } from '@/server/stores/failover/breaker';
import { createFailoverQuotaStore } from '@/server/stores/failover/quota-store';
import { createPostgresClient, type PostgresClient } from '@/server/stores/postgres/client';
import { createPostgresLedger } from '@/server/stores/postgres/ledger';
import { createPostgresQuotaStore } from '@/server/stores/postgres/quota-store';
import { createRedisQuotaStore } from '@/server/stores/redis/quota-store';
import { createScriptRunner } from '@/server/stores/redis/scripts';
import { startGateway, type TestGateway } from '../helpers/gateway';
import { sharedRedisUrl } from '../helpers/redis';
import { until } from '../helpers/until';

const SETTLEMENTS = 80_000;

describe('a long outage of Redis', () => {
  let gateway: TestGateway;
  let client: PostgresClient;
  let redis: Redis;

  beforeAll(async () => {
    gateway = await startGateway();
    client = createPostgresClient(gateway.database.url);
    redis = new Redis(sharedRedisUrl());
  });
  afterAll(async () => {
    redis.disconnect();
    await client.close();
    await gateway.close();
  });

  it(`with ${SETTLEMENTS} settlements of one tenant leaves the tenant able to buy`, async () => {
    const ledger = createPostgresLedger(client.sql);
    const scripts = createScriptRunner(redis, () => undefined);
    const breaker = createBreaker({
      probe: async () => void (await redis.ping()),
      probeEveryMs: 100,
      onChange: () => undefined,
    });
    const store = createFailoverQuotaStore(
      createRedisQuotaStore(scripts, ledger.snapshot),
      createPostgresQuotaStore(client.sql),
      breaker,
    );
    const tenantId = trustedTenantId((await gateway.admin.newTenant()).id);
    const quota = (await ledger.snapshot(tenantId))?.quota ?? null;
    breaker.trip('disconnected');
    const begunAt = performance.now();
    const folds = Array.from({ length: SETTLEMENTS }, () => {
      const operations = [{ operationId: operationId(newTransactionId(), 1), traceId: null }];
      return store.fold({ tenantId, quota, keyQuotas: [], operations });
    });
    await Promise.all(folds);
    expect(performance.now() - begunAt).toBeLessThan(2_000);

    await until('the breaker to close', () => breaker.isClosed);
    expect(await store.check(tenantId, 1n)).toEqual({ kind: 'ok', availableNano: 1_000_000_000n });
    expect(breaker.isClosed).toBe(true);
    breaker.stop();
  });
});
