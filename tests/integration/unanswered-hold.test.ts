import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenCharge } from '@/server/domain/charge';
import { createBreaker } from '@/server/stores/failover/breaker';
import { createFailoverQuotaStore } from '@/server/stores/failover/quota-store';
import { createPostgresQuotaStore } from '@/server/stores/postgres/quota-store';
import { createRedisClient, type RedisClient } from '@/server/stores/redis/client';
import { operationsKey } from '@/server/stores/redis/keys';
import { createRedisQuotaStore } from '@/server/stores/redis/quota-store';
import { createScriptRunner } from '@/server/stores/redis/scripts';
import { chargeOf } from '../helpers/charges';
import { LedgerBench } from '../helpers/ledger-bench';
import { demandOf, NO_LIMITS } from '../helpers/quota-houses';
import { sharedRedisUrl } from '../helpers/redis';
import { startTcpProxy, type TcpProxy } from '../helpers/tcp-proxy';
import { until } from '../helpers/until';

const LEASE_MS = 30_000;

describe('a hold that Redis placed and whose answer was lost', () => {
  let bench: LedgerBench;
  let proxy: TcpProxy;
  let redis: Redis;
  let client: RedisClient;

  beforeAll(async () => {
    bench = await LedgerBench.open();
    const url = new URL(sharedRedisUrl());
    proxy = await startTcpProxy(Number(url.port));
    redis = new Redis(sharedRedisUrl());
    url.port = String(proxy.port);
    client = createRedisClient(url.href, false);
    client.connect().catch(() => undefined);
    await until('the connection', () => client.status === 'ready');
  });
  afterAll(async () => {
    client.disconnect();
    redis.disconnect();
    await proxy.close();
    await bench.close();
  });

  it('is taken back when Postgres refuses the request, before the tenant uses Redis again', async () => {
    const breaker = createBreaker({
      probe: async () => void (await client.ping()),
      probeEveryMs: 50,
      onChange: () => undefined,
    });
    const store = createFailoverQuotaStore(
      createRedisQuotaStore(
        createScriptRunner(client, () => undefined),
        bench.ledger.snapshot,
      ),
      createPostgresQuotaStore(bench.sql),
      breaker,
    );
    const account = await bench.account({ balance: 1_000n });
    const admit = (identity: OpenCharge, nano: bigint) => {
      const { owner, countedInputTokens } = identity;
      return store.admit({
        ...{ identity, demand: demandOf(nano), limits: NO_LIMITS, attempt: 1 },
        ...{ owner, countedInputTokens, leaseMs: LEASE_MS },
      });
    };
    expect((await admit(chargeOf(account), 10n)).kind).toBe('admitted');
    // Another instance, cut off from Redis, has promised nearly all of it.
    await bench.ledger.openRow(chargeOf(account, { heldNano: 950n }), LEASE_MS);

    proxy.loseReplies();
    const identity = chargeOf(account);
    const reply = await admit(identity, 100n);
    expect(reply).toMatchObject({ kind: 'refused', refusal: { code: 'insufficient_quota' } });
    const operations = operationsKey(account.tenantId);
    expect(await redis.hexists(operations, identity.operationId)).toBe(1);

    proxy.mend();
    await until('Redis to be used again', () => breaker.isClosed);
    expect(await store.check(account.tenantId, 1n)).toEqual({ kind: 'ok', availableNano: 40n });
    expect(await redis.hexists(operations, identity.operationId)).toBe(0);
    breaker.stop();
  });
});
