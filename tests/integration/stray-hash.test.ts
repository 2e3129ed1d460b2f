import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { chargesOf, expectBooksRight, expectStoresAgree, hashOf } from '../helpers/books';
import { outcomeOf, plain } from '../helpers/buy';
import { startGateway, type TestGateway } from '../helpers/gateway';
import { startRedis, type TestRedis } from '../helpers/redis';
import { until } from '../helpers/until';

const reportSchema = z.looseObject({ drifted: z.number() });

describe('a hash that does not add up, since Redis lost the operations and not the hash', () => {
  let redis: TestRedis;
  let gateway: TestGateway;

  beforeAll(async () => {
    // One of its own: the reconciler walks every tenant that a Redis knows.
    redis = await startRedis();
    gateway = await startGateway({ redisUrl: redis.url });
  });
  afterAll(async () => {
    await gateway?.close();
    await redis?.close();
  });

  const reconcile = async () =>
    reportSchema.parse(await gateway.admin.call('POST', 'reconcile')).drifted;

  it('is told in the gauge, and set right by the reconciler', async () => {
    const quotas = [{ quotaType: 'daily_requests', limit: 10 }];
    const tenant = await gateway.admin.newTenant({}, { quotas, concurrency: 5 });
    const answer = plain(gateway, tenant, { script: { ttftMs: 800 }, traceId: 'slow' });
    await until('the charge to open', async () => (await chargesOf(gateway, tenant)).length === 1);
    const held = (await chargesOf(gateway, tenant))[0]?.hold ?? 0n;
    await gateway.redis?.del(`{gw:quota:tenant:${tenant.id}}:ops`);
    expect(outcomeOf(await answer)).toBe('200');
    await expect(expectStoresAgree(gateway, tenant)).rejects.toThrow();

    expect(await reconcile()).toBe(1);
    const { metrics } = gateway.container;
    const gauge = (await metrics.quotaRedisDbDiff.get()).values.find(
      ({ labels }) => labels.tenant_id === tenant.id,
    );
    expect(gauge?.value).toBe(Number(held));
    expect(await hashOf(gateway, tenant)).not.toBeNull();
    await expectStoresAgree(gateway, tenant);
    expect(await reconcile()).toBe(0);
  });

  it('is told and set right too where it counts its operations and adds up to something else', async () => {
    const tenant = await gateway.admin.newTenant();
    await plain(gateway, tenant);
    await expectStoresAgree(gateway, tenant);
    await gateway.redis?.hincrby(`gw:quota:tenant:${tenant.id}`, 'balance', 1_000);
    expect(await reconcile()).toBe(1);
    await expectStoresAgree(gateway, tenant);
    expect(await reconcile()).toBe(0);
  });

  it('admits nobody before it was built anew, by the very next request', async () => {
    const tenant = await gateway.admin.newTenant({}, { concurrency: 2 });
    const answer = plain(gateway, tenant, { script: { ttftMs: 1_500 }, traceId: 'slow' });
    await until('the charge to open', async () => (await chargesOf(gateway, tenant)).length === 1);
    const before = await hashOf(gateway, tenant);
    for (let times = 0; times < 3; times += 1) {
      await gateway.redis?.del(`{gw:quota:tenant:${tenant.id}}:ops`);
      expect(outcomeOf(await plain(gateway, tenant))).toBe('200');
    }
    await until('the folds', async () => (await hashOf(gateway, tenant))?.ops === '1');
    const after = await hashOf(gateway, tenant);
    expect(Number(after?.base) - Number(after?.balance)).toBe(
      Number(before?.base) - Number(before?.balance),
    );
    expect(outcomeOf(await answer)).toBe('200');
    await expectStoresAgree(gateway, tenant);
  });

  it('is left alone by the reconciler when it adds up, with requests under way', async () => {
    const tenant = await gateway.admin.newTenant();
    await plain(gateway, tenant);
    const answers = [1, 2, 3].map(() => plain(gateway, tenant, { script: { ttftMs: 2_500 } }));
    await until('three requests to be open', () => gateway.container.inFlight === 3);
    const before = await hashOf(gateway, tenant);
    expect(await reconcile()).toBe(0);
    expect(await hashOf(gateway, tenant)).toEqual(before);
    await Promise.all(answers);
  });

  it('leaves books that the audit finds right', () => expectBooksRight(gateway));
});
