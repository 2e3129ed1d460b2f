import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { TestTenant } from '../helpers/admin-client';
import { expectBooksRight, hashOf, quotaOf } from '../helpers/books';
import { outcomeOf, plain } from '../helpers/buy';
import { untilEnded } from '../helpers/ended';
import { startGateway, type TestGateway } from '../helpers/gateway';
import { startRedis, type TestRedis } from '../helpers/redis';
import { until } from '../helpers/until';

let redis: TestRedis;
let gateway: TestGateway;

beforeAll(async () => {
  redis = await startRedis();
  gateway = await startGateway({ redisUrl: redis.url });
});

afterEach(() => expectBooksRight(gateway));

afterAll(async () => {
  await gateway?.close();
  await redis?.close();
});

const untilState = (state: 'up' | 'down', of = gateway) =>
  until(`Redis to be ${state}`, () => of.container.quotaSide.redisState() === state);

async function buy(tenant: TestTenant, count: number): Promise<void> {
  const before = (await gateway.admin.charges(tenant.id)).length;
  for (let i = 0; i < count; i += 1) expect(outcomeOf(await plain(gateway, tenant))).toBe('200');
  await untilEnded(gateway, tenant, before + count);
}

/** What Redis has of a tenant, to be put back later as an older file would. */
async function remember(tenant: TestTenant): Promise<() => Promise<void>> {
  const client = new Redis(redis.url);
  const keys = [`gw:quota:tenant:${tenant.id}`, `{gw:quota:tenant:${tenant.id}}:ops`];
  const dumps = await Promise.all(keys.map((key) => client.dumpBuffer(key)));
  return async () => {
    for (const [i, key] of keys.entries()) {
      const dump = dumps[i];
      await client.del(key);
      if (dump) await client.restore(key, 0, dump);
    }
    await client.del(`{gw:quota:tenant:${tenant.id}}:folded`);
    await client.del(`{gw:quota:tenant:${tenant.id}}:floor`);
    client.disconnect();
  };
}

test('a Redis that may evict keys judges no money, and is used once it may not', async () => {
  const tenant = await gateway.admin.newTenant();
  const client = new Redis(redis.url);
  await client.config('SET', 'maxmemory', '64mb');
  await client.config('SET', 'maxmemory-policy', 'allkeys-lru');
  const other = await startGateway({
    redisUrl: redis.url,
    database: gateway.database,
    simulator: gateway.simulator,
  });
  expect(other.container.quotaSide.redisState()).toBe('down');
  expect(outcomeOf(await plain(other, tenant))).toBe('200');
  const [row] = await untilEnded(gateway, tenant, 1);
  expect(row?.admitted_by).toBe('postgres');
  await client.config('SET', 'maxmemory-policy', 'noeviction');
  await untilState('up', other);
  expect(outcomeOf(await plain(other, tenant))).toBe('200');
  const [, second] = await untilEnded(gateway, tenant, 2);
  expect(second?.admitted_by).toBe('redis');
  await other.close();
  client.disconnect();
});

test('a process that starts trusts no hash before it has looked at the ledger', async () => {
  const tenant = await gateway.admin.newTenant();
  await buy(tenant, 1);
  const restore = await remember(tenant);
  await buy(tenant, 3);
  await restore();
  const other = await startGateway({
    redisUrl: redis.url,
    database: gateway.database,
    simulator: gateway.simulator,
  });
  const { balance } = await quotaOf(gateway, tenant);
  const reply = await plain(other, tenant);
  expect(BigInt(reply.headers.get('x-tallygate-balance') ?? '0')).toBe(
    balance - BigInt(reply.headers.get('x-tallygate-cost') ?? '0'),
  );
  await untilEnded(gateway, tenant, 5);
  await other.close();
});

test('a Redis that comes back with an older state, between two requests, is brought up first', async () => {
  const tenant = await gateway.admin.newTenant();
  const another = await gateway.admin.newTenant();
  await buy(tenant, 1);
  await buy(another, 1);
  const restore = await remember(tenant);
  await buy(tenant, 3);
  await redis.kill();
  await untilState('down');
  await redis.start();
  await restore();
  await untilState('up');
  // Whoever comes first is brought up alone: each tenant has to be.
  await buy(another, 1);
  const { balance } = await quotaOf(gateway, tenant);
  const reply = await plain(gateway, tenant);
  expect(BigInt(reply.headers.get('x-tallygate-balance') ?? '0')).toBe(
    balance - BigInt(reply.headers.get('x-tallygate-cost') ?? '0'),
  );
  await untilEnded(gateway, tenant, 5);
});

test('holds that no row stands for are placed again when Redis comes back empty', async () => {
  const maxTokens = 100;
  const tenant = await gateway.admin.newTenant();
  const known = await plain(gateway, tenant, { maxTokens });
  expect(outcomeOf(known)).toBe('200');
  await untilEnded(gateway, tenant, 1);
  const open = plain(gateway, tenant, { maxTokens, script: { ttftMs: 2_500 } });
  await until('it to be bought', () => gateway.simulator.stats().openRequests === 1);
  const held = await hashOf(gateway, tenant);
  await redis.kill();
  await untilState('down');
  await redis.start({ empty: true });
  await untilState('up');
  await until('the hold to be back', async () => {
    const hash = await hashOf(gateway, tenant);
    return hash !== null && hash.balance === held?.balance;
  });
  expect(BigInt(held?.balance ?? '0')).toBeLessThan((await quotaOf(gateway, tenant)).balance);
  expect(outcomeOf(await open)).toBe('200');
  await untilEnded(gateway, tenant, 2);
});

test("a key's quotas that an older Redis forgot are brought up by the reconciler", async () => {
  const quotas = [{ quotaType: 'total_requests', limit: 100 }];
  const tenant = await gateway.admin.newTenant({}, { quotas });
  await buy(tenant, 1);
  const restore = await remember(tenant);
  await buy(tenant, 2);
  await restore();
  // A top-up brings the hash to the ledger's version, and says nothing of keys.
  const credit = { amount: '5', kind: 'topup', traceId: 'topup-after-restore' };
  await gateway.admin.call('POST', `tenants/${tenant.id}/credits`, credit);
  const field = `kq:${tenant.keyId}:total_requests`;
  expect((await hashOf(gateway, tenant))?.[field]).toBe('1');
  await gateway.container.maintain();
  expect((await hashOf(gateway, tenant))?.[field]).toBe('3');
});
