import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TestTenant } from '../helpers/admin-client';
import { chargesOf, expectBooksRight, expectStoresAgree, quotaOf, sumOf } from '../helpers/books';
import { type Ask, atOnce, outcomeOf, plain, type Reply, stream, tally } from '../helpers/buy';
import { untilEnded } from '../helpers/ended';
import { freePort } from '../helpers/free-port';
import { startGateway, type TestGateway } from '../helpers/gateway';
import { startRedis, type TestRedis } from '../helpers/redis';
import { until } from '../helpers/until';

const BALANCE = 1_000_000_000n;
const CONVERGED_MS_MAX = 60_000;
const FOUND_OUT_MS_MAX = 15_000;
/** Several rounds of the breaker's probe. */
const FAULT_MS = 2_500;

const sum = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((total, count) => total + count, 0);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface Fault {
  /** What Redis says, or does. */
  readonly fault: string;
  /** Why it is left alone, as `redis_breaker_opened` tells. */
  readonly reason: string;
  readonly strike: () => Promise<unknown>;
  readonly mend: () => Promise<unknown>;
}

describe('a Redis that is there and cannot be used', () => {
  let redis: TestRedis;
  let gateway: TestGateway;
  /** An operator's way to Redis, beside the gateway's. */
  let operator: Redis;
  let heal: (() => Promise<unknown>) | null = null;

  beforeAll(async () => {
    redis = await startRedis();
    gateway = await startGateway({ redisUrl: redis.url });
    operator = new Redis(redis.url);
    operator.on('error', () => undefined);
  });
  afterEach(async () => {
    await heal?.();
    heal = null;
    await untilUp();
    await expectBooksRight(gateway);
  });
  afterAll(async () => {
    operator?.disconnect();
    await gateway?.close();
    await redis?.close();
  });

  const config = (...settings: string[]) => operator.call('CONFIG', 'SET', ...settings);
  const isUp = () => gateway.container.quotaSide.redisState() === 'up';
  const untilUp = () => until('Redis to be used', isUp, CONVERGED_MS_MAX);

  /** How often Redis was left alone for each reason so far. */
  async function opened(): Promise<Map<string, number>> {
    const { values } = await gateway.container.metrics.breakerOpened.get();
    return new Map(values.map(({ labels, value }) => [String(labels.reason), value]));
  }

  /** Plain requests and streams, named and not. */
  const traffic = (tenant: TestTenant, count: number): Promise<Reply[]> =>
    atOnce(count, async (index) => {
      await pause(index * 40);
      const ask: Ask = { maxTokens: 40, ...(index % 3 === 0 ? { traceId: `t-${index}` } : {}) };
      return await (index % 2 === 0 ? plain : stream)(gateway, tenant, ask);
    });

  const faults: Fault[] = [
    {
      fault: 'OOM: its memory is full',
      reason: 'out_of_memory',
      strike: () => config('maxmemory', '1'),
      mend: () => config('maxmemory', '0'),
    },
    {
      fault: 'READONLY: it has become a replica',
      reason: 'readonly',
      strike: async () => operator.replicaof('127.0.0.1', await freePort()),
      mend: () => operator.replicaof('NO', 'ONE'),
    },
    {
      fault: 'NOREPLICAS: it lacks the replicas that it must have',
      reason: 'misconf',
      strike: () => config('min-replicas-to-write', '1'),
      mend: () => config('min-replicas-to-write', '0'),
    },
    {
      fault: 'MISCONF: it cannot write its snapshots',
      reason: 'misconf',
      strike: async () => {
        redis.loseFolder();
        await config('save', '3600 1');
        await operator.bgsave();
        await until('the snapshot to fail', async () =>
          (await operator.info('persistence')).includes('rdb_last_bgsave_status:err'),
        );
      },
      mend: () => config('save', ''),
    },
    {
      fault: 'BUSY: a long script holds it up',
      reason: 'busy',
      strike: async () => {
        await config('lua-time-limit', '100');
        const other = operator.duplicate();
        void other.eval('while true do end', 0).catch(() => other.disconnect());
        await pause(200);
      },
      mend: () => operator.script('KILL'),
    },
    {
      fault: 'silence: it answers nobody (CLIENT PAUSE)',
      reason: 'timeout',
      strike: () => operator.call('CLIENT', 'PAUSE', String(2 * FAULT_MS)),
      // It passes by itself.
      mend: () => operator.ping(),
    },
  ];

  it('LOADING: one that is still reading its file is used once it has', async () => {
    const tenant = await gateway.admin.newTenant();
    expect(outcomeOf(await plain(gateway, tenant))).toBe('200');
    const filling = operator.pipeline();
    for (let n = 0; n < 4_000; n += 1) filling.set(`filling:${n}`, 'x');
    await filling.exec();
    await redis.kill();
    const starting = redis.start({ args: ['--key-load-delay', '400'] });
    await until('it to say LOADING', async () => {
      const probe = new Redis(redis.url, { enableReadyCheck: false, retryStrategy: () => null });
      probe.on('error', () => undefined);
      const told = await probe.get('x').catch((error: Error) => error.message);
      probe.disconnect();
      return String(told).startsWith('LOADING');
    });
    expect(outcomeOf(await plain(gateway, tenant))).toBe('200');
    expect(outcomeOf(await stream(gateway, tenant))).toBe('200');
    expect(isUp()).toBe(false);
    await starting;
    const loadedAt = performance.now();
    await untilUp();
    expect(performance.now() - loadedAt).toBeLessThan(CONVERGED_MS_MAX);
    expect(outcomeOf(await plain(gateway, tenant))).toBe('200');
    await untilEnded(gateway, tenant, 4);
    const stores = (await chargesOf(gateway, tenant)).map((row) => row.admitted_by);
    expect(stores).toEqual(['redis', 'postgres', 'postgres', 'redis']);
  });

  it.each(faults)(
    '$fault: at once all go on through Postgres, it is left alone for `$reason` until it is well, and the stores agree',
    async ({ reason, strike, mend }) => {
      const tenant = await gateway.admin.newTenant();
      expect(outcomeOf(await plain(gateway, tenant, { maxTokens: 40 }))).toBe('200');
      const before = await opened();
      heal = mend;
      await strike();
      const struckAt = performance.now();
      expect(outcomeOf(await plain(gateway, tenant, { maxTokens: 40 }))).toBe('200');
      expect(tally(await traffic(tenant, 30))).toEqual({ '200': 30 });
      await pause(Math.max(0, FAULT_MS - (performance.now() - struckAt)));
      expect(isUp()).toBe(false);
      const after = await opened();
      const times = (after.get(reason) ?? 0) - (before.get(reason) ?? 0);
      expect(times).toBe(1);
      expect(sum(after)).toBe(sum(before) + 1);

      heal = null;
      await mend();
      const healedAt = performance.now();
      await untilUp();
      expect(outcomeOf(await plain(gateway, tenant))).toBe('200');
      const rows = await untilEnded(gateway, tenant, 33);
      expect(rows.map((row) => row.admitted_by).at(-1)).toBe('redis');
      expect((await quotaOf(gateway, tenant)).balance).toBe(BALANCE - sumOf(rows));
      await expectStoresAgree(gateway, tenant);
      expect(performance.now() - healedAt).toBeLessThan(CONVERGED_MS_MAX);
    },
  );

  it('evicts under a policy that lets it: it is found out in seconds, and used once it may not', async () => {
    const tenants = await atOnce(4, () => gateway.admin.newTenant());
    for (const tenant of tenants) {
      expect(outcomeOf(await plain(gateway, tenant, { maxTokens: 40 }))).toBe('200');
    }
    const figure = async (name: string) =>
      Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(await operator.info())?.[1]);
    heal = async () => {
      await config('maxmemory', '0');
      await config('maxmemory-policy', 'noeviction');
    };
    await config('maxmemory-policy', 'allkeys-lru');
    await config('maxmemory', String((await figure('used_memory')) + 500_000));
    const fill = async () => {
      const names = Array.from({ length: 200 }, () => `filling:${Math.random()}`);
      await operator.mset(names.flatMap((name) => [name, 'x'.repeat(1_000)]));
      return (await figure('evicted_keys')) > 1_000;
    };
    const asked = Promise.all(tenants.map((tenant) => traffic(tenant, 30)));
    await until('keys to be evicted', fill);
    for (const replies of await asked) expect(tally(replies)).toEqual({ '200': 30 });
    await until('it to be found out', () => !isUp(), FOUND_OUT_MS_MAX);
    expect((await opened()).get('forgetful')).toBeGreaterThan(0);
    await heal();
    await untilUp();
    for (const tenant of tenants) {
      expect(outcomeOf(await plain(gateway, tenant))).toBe('200');
      const rows = await untilEnded(gateway, tenant, 32);
      expect((await quotaOf(gateway, tenant)).balance).toBe(BALANCE - sumOf(rows));
    }
    // What lost its operations and kept its hash is set right by the reconciler.
    await gateway.container.maintain();
    await expectStoresAgree(gateway);
  });
});
