import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectBooksRight, onlyChargeOf, quotaOf } from '../helpers/books';
import { type Ask, outcomeOf, plain } from '../helpers/buy';
import { startGateway, type TestGateway } from '../helpers/gateway';
import { LiveStream } from '../helpers/live-stream';
import { startRedis, type TestRedis } from '../helpers/redis';
import { until } from '../helpers/until';

const OUTPUT_PRICE = 600n;

describe('a stream', () => {
  let redis: TestRedis;
  let gateway: TestGateway;

  beforeAll(async () => {
    redis = await startRedis();
    gateway = await startGateway({ redisUrl: redis.url });
  });
  afterAll(async () => {
    await gateway.close();
    await redis.close();
  });

  const ops = (tenant: { id: string }) => `{gw:quota:tenant:${tenant.id}}:ops`;
  const heldInRedis = async (tenant: { id: string }, chargeId: string): Promise<bigint> => {
    const packed = await gateway.redis?.hget(ops(tenant), `${chargeId}:1`);
    return BigInt(packed?.split('|')[0] ?? -1);
  };
  const credit = (tokens: bigint) => String(tokens * OUTPUT_PRICE + 20_000n);

  it.each([
    { lost: 'its hash', keys: (tenant: { id: string }) => [`gw:quota:tenant:${tenant.id}`] },
    {
      lost: 'all of the tenant',
      keys: (tenant: { id: string }) => [`gw:quota:tenant:${tenant.id}`, ops(tenant)],
    },
  ])('whose hold Redis lost with $lost is still held to the balance', async ({ keys }) => {
    const tenant = await gateway.admin.newTenant({ balance: credit(800n) });
    const ask: Ask = { script: { outputTokens: 4_000, perTokenMs: 1 } };
    const stream = await LiveStream.open(gateway, tenant, ask);
    await stream.untilRead(100);
    await gateway.redis?.del(keys(tenant));
    await stream.ended();
    expect(stream.error()).toBe('insufficient_quota');
    expect((await quotaOf(gateway, tenant)).balance).toBeGreaterThanOrEqual(0n);
  });

  it('whose upstream sends on beyond max_tokens ends when the balance does', async () => {
    const tenant = await gateway.admin.newTenant({ balance: credit(800n) });
    gateway.simulator.script({ script: { text: 'and so on, '.repeat(3_000) } });
    const stream = await LiveStream.open(gateway, tenant, { maxTokens: 20 });
    await stream.ended();
    expect(stream.error()).toBe('insufficient_quota');
    const slab = 256n * OUTPUT_PRICE;
    expect((await quotaOf(gateway, tenant)).balance).toBeGreaterThan(-slab);
    expect(await onlyChargeOf(gateway, tenant)).toMatchObject({ status: 'COMMITTED' });
  });

  it('that began while Redis was away is raised where the others look, once it is back', async () => {
    const tenant = await gateway.admin.newTenant();
    await redis.kill();
    const ask: Ask = { script: { outputTokens: 2_000, perTokenMs: 3 } };
    const stream = await LiveStream.open(gateway, tenant, ask);
    const charge = await onlyChargeOf(gateway, tenant);
    expect(charge.admitted_by).toBe('postgres');
    await redis.start();
    await until('Redis to be used', () => gateway.container.quotaSide.redisState() === 'up');
    expect(outcomeOf(await plain(gateway, tenant))).toBe('200');
    const held = await heldInRedis(tenant, charge.id);
    expect(held).toBeGreaterThan(0n);
    const isMore = async () => (await heldInRedis(tenant, charge.id)) > held;
    await until('the hold to grow in Redis', isMore, 5_000);
    await stream.ended();
    expect(stream.isDone).toBe(true);
  });

  it('leaves books that the audit finds right', () => expectBooksRight(gateway));
});
