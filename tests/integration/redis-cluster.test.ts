import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createRedisClient, waitUntilReady } from '@/server/stores/redis/client';
import { expectTrustworthy } from '@/server/stores/redis/trust';
import type { TestTenant } from '../helpers/admin-client';
import { chargesOf, expectBooksRight, forgetHash, hashOf } from '../helpers/books';
import { type Ask, atOnce, outcomeOf, plain, readStream, stream, tally } from '../helpers/buy';
import { boundMs, elapsedMs } from '../helpers/elapsed';
import { untilEnded } from '../helpers/ended';
import { startGateway, type TestGateway } from '../helpers/gateway';
import { LiveStream } from '../helpers/live-stream';
import { startRedisCluster, type TestCluster } from '../helpers/redis-cluster';
import { until } from '../helpers/until';

const FALLBACK_MS_MAX = 1_000;
const BACK_MS_MAX = 60_000;

describe('a Redis Cluster of three masters, one of them with a replica', () => {
  let cluster: TestCluster;
  let gateway: TestGateway;

  beforeAll(async () => {
    cluster = await startRedisCluster({ replicas: 1 });
    gateway = await startGateway({ redisUrl: cluster.url });
  });
  afterEach(() => expectBooksRight(gateway));
  afterAll(async () => {
    await gateway?.close();
    await cluster?.close();
  });

  const untilState = (state: 'up' | 'down') =>
    until(
      `Redis to be ${state}`,
      () => gateway.container.quotaSide.redisState() === state,
      BACK_MS_MAX,
    );
  const timesLeftAlone = async (): Promise<number> =>
    (await gateway.container.metrics.breakerOpened.get()).values.reduce(
      (total, { value }) => total + value,
      0,
    );
  const hashKey = (tenant: TestTenant) => `gw:quota:tenant:${tenant.id}`;

  /** A tenant of every master, each of whom has bought once. */
  async function tenantsOfEveryMaster(): Promise<Map<number, TestTenant>> {
    const found = new Map<number, TestTenant>();
    while (found.size < 3) {
      const tenant = await gateway.admin.newTenant();
      const port = await cluster.masterOf(hashKey(tenant));
      if (found.has(port)) continue;
      found.set(port, tenant);
      expect(outcomeOf(await plain(gateway, tenant, { maxTokens: 40 }))).toBe('200');
    }
    return found;
  }

  const storesOf = async (tenant: TestTenant) =>
    (await chargesOf(gateway, tenant)).map((row) => row.admitted_by);

  it('is trusted as soon as its masters answer, before any key was asked for', async () => {
    const client = createRedisClient(cluster.url, false);
    expect(await waitUntilReady(client, 5_000)).toBe(true);
    await expectTrustworthy(client);
    client.disconnect();
  });

  it('judges every request of tenants in all of its slots, cold hashes and repeats included', async () => {
    await untilState('up');
    const tenants = await atOnce(9, () =>
      gateway.admin.newTenant(
        { dailyLimit: 100 },
        { concurrency: 50, rpm: 1_000, quotas: [{ quotaType: 'daily_requests', limit: 100 }] },
      ),
    );
    await Promise.all(
      tenants.map(async (tenant) => {
        const replies = await atOnce(10, (index) => {
          const ask: Ask = index % 3 === 0 ? { traceId: `named-${index}` } : {};
          return (index % 2 === 0 ? plain : stream)(gateway, tenant, ask);
        });
        expect(tally(replies)).toEqual({ '200': 10 });
        await forgetHash(gateway, tenant);
        const again = await plain(gateway, tenant, { traceId: 'named-0' });
        expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
        expect(outcomeOf(await plain(gateway, tenant))).toBe('200');
        expect(new Set(await storesOf(tenant))).toEqual(new Set(['redis']));
        expect((await untilEnded(gateway, tenant, 11)).map((row) => row.status)).toEqual(
          Array.from({ length: 11 }, () => 'COMMITTED'),
        );
      }),
    );
    const masters = await Promise.all(tenants.map((tenant) => cluster.masterOf(hashKey(tenant))));
    expect(new Set(masters).size).toBeGreaterThan(1);
  });

  it('whose slot moves to another master under traffic serves the tenant from there', async () => {
    await untilState('up');
    const tenant = await gateway.admin.newTenant();
    expect(outcomeOf(await plain(gateway, tenant))).toBe('200');
    const before = await cluster.masterOf(hashKey(tenant));
    const open = await LiveStream.open(gateway, tenant, {
      script: { outputTokens: 900, perTokenMs: 2 },
    });
    const asked = atOnce(40, async (index) => {
      await new Promise((resolve) => setTimeout(resolve, index * 25));
      return await (index % 2 === 0 ? plain : stream)(gateway, tenant);
    });
    await open.untilRead(100);
    const done = await cluster.beginMoveOf(hashKey(tenant));
    await done();
    expect(await cluster.masterOf(hashKey(tenant))).not.toBe(before);
    expect(tally(await asked)).toEqual({ '200': 40 });
    expect(await open.ended()).toBe('end');
    expect([open.isDone, open.error()]).toEqual([true, null]);
    await untilState('up');
    expect(outcomeOf(await plain(gateway, tenant))).toBe('200');
    await untilEnded(gateway, tenant, 43);
    expect((await storesOf(tenant)).at(-1)).toBe('redis');
    expect(await hashOf(gateway, tenant)).not.toBeNull();
  });

  it('whose slot is stuck half moved leaves the tenant to Postgres', async () => {
    await untilState('up');
    const tenant = await gateway.admin.newTenant();
    expect(outcomeOf(await plain(gateway, tenant))).toBe('200');
    const done = await cluster.beginMoveOf(hashKey(tenant));
    const replies = await Promise.all([
      plain(gateway, tenant, { traceId: 'half-moved' }),
      stream(gateway, tenant),
      plain(gateway, tenant),
    ]);
    expect(tally(replies)).toEqual({ '200': 3 });
    await done();
    await untilState('up');
    await untilEnded(gateway, tenant, 4);
    expect(outcomeOf(await plain(gateway, tenant))).toBe('200');
    await untilEnded(gateway, tenant, 5);
  });

  it('that loses a master goes on within a second, and with its promoted replica once that is brought up', async () => {
    await untilState('up');
    const tenants = await tenantsOfEveryMaster();
    const [port = 0] = await cluster.withReplica();
    const tenant = tenants.get(port);
    if (tenant === undefined) throw new Error('The master with a replica has no tenant.');
    const open = await LiveStream.open(gateway, tenant, {
      script: { outputTokens: 900, perTokenMs: 2 },
    });
    await open.untilRead(100);
    const usualMs = await elapsedMs(() => plain(gateway, tenant));
    await cluster.kill([port]);
    const from = performance.now();
    const firstMs = await elapsedMs(async () => {
      expect(outcomeOf(await plain(gateway, tenant))).toBe('200');
    });
    expect(firstMs).toBeLessThan(boundMs(FALLBACK_MS_MAX, usualMs));
    for (const each of tenants.values()) {
      expect(outcomeOf(await plain(gateway, each))).toBe('200');
      expect(readStream((await stream(gateway, each)).bytes).isDone).toBe(true);
    }
    expect(await open.ended()).toBe('end');
    expect(open.isDone).toBe(true);
    await untilState('up');
    expect(performance.now() - from).toBeLessThan(BACK_MS_MAX);
    expect(await cluster.masterOf(hashKey(tenant))).not.toBe(port);
    for (const each of tenants.values()) {
      expect(outcomeOf(await plain(gateway, each))).toBe('200');
      expect((await storesOf(each)).at(-1)).toBe('redis');
    }
    await cluster.start([port]);
  });

  it('that is down for want of a master leaves all to Postgres, until that is back, empty', async () => {
    await untilState('up');
    const tenants = await tenantsOfEveryMaster();
    const alone = (await cluster.withoutReplica()).slice(0, 1);
    const before = await timesLeftAlone();
    await cluster.kill(alone);
    const from = performance.now();
    while (performance.now() - from < 2_500) {
      for (const each of tenants.values()) {
        expect(outcomeOf(await plain(gateway, each))).toBe('200');
      }
    }
    expect(gateway.container.quotaSide.redisState()).toBe('down');
    expect(await timesLeftAlone()).toBe(before + 1);
    await cluster.start(alone);
    await untilState('up');
    for (const each of tenants.values()) {
      expect(outcomeOf(await plain(gateway, each))).toBe('200');
      expect((await storesOf(each)).at(-1)).toBe('redis');
    }
  });

  it('all of whose nodes die at once is left alone; a request that finds it so is answered', async () => {
    await untilState('up');
    const tenant = await gateway.admin.newTenant();
    await cluster.killAll();
    const replies = await atOnce(6, (index) => (index % 2 === 0 ? plain : stream)(gateway, tenant));
    expect(tally(replies)).toEqual({ '200': 6 });
    await cluster.startAll();
    await untilState('up');
    expect(outcomeOf(await plain(gateway, tenant))).toBe('200');
    await untilEnded(gateway, tenant, 7);
    expect((await storesOf(tenant)).at(-1)).toBe('redis');
  });
});
