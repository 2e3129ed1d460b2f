import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Settlement } from '@/server/domain/charge';
import { newApiKeyId, newTenantId } from '@/server/domain/ids';
import type { SettlementSpool } from '@/server/domain/ports';
import { createRedisSpool } from '@/server/stores/redis/spool';
import { chargeOf, paid } from '../helpers/charges';
import { startRedis, type TestRedis } from '../helpers/redis';

describe('the spool in Redis', () => {
  let server: TestRedis;
  let redis: Redis;
  let spool: SettlementSpool;
  let damaged: unknown[];

  beforeAll(async () => {
    // Its own, since a spool hands out what every tenant has there.
    server = await startRedis();
    redis = new Redis(server.url);
  });
  beforeEach(async () => {
    await redis.flushall();
    damaged = [];
    spool = createRedisSpool(redis, (error) => damaged.push(error));
  });
  afterAll(async () => {
    redis.disconnect();
    await server.close();
  });

  const settlement = (): Settlement =>
    paid(chargeOf({ tenantId: newTenantId(), keyId: newApiKeyId() }), 70n);

  async function taken(refused: Settlement | null = null): Promise<Settlement[]> {
    const found: Settlement[] = [];
    await spool.replay(async (one) => {
      if (one.charge.operationId === refused?.charge.operationId) throw new Error('locked');
      found.push(one);
    });
    return found;
  }

  it('hands out every other settlement where one cannot be booked', async () => {
    const { tenantId, keyId } = settlement().charge;
    const own = [1, 2, 3].map(() => paid(chargeOf({ tenantId, keyId }), 70n));
    const all = [...own, settlement(), settlement()];
    for (const one of all) await spool.put(one);
    await expect(taken(own[0])).rejects.toThrow('locked');
    expect(await spool.waiting()).toBe(1);
    expect(await taken()).toEqual([own[0]]);
    expect(await spool.waiting()).toBe(0);
  });

  it('hands out no more what was taken back', async () => {
    const [kept, withheld] = [settlement(), settlement()];
    await spool.put(kept);
    await (await spool.put(withheld)).takeBack();
    expect(await taken()).toEqual([kept]);
  });

  it('sets aside what is damaged, tells it once, and goes on', async () => {
    const whole = settlement();
    const key = `{gw:quota:tenant:${whole.charge.tenantId}}:spool`;
    await redis.hset(key, 'damaged', '{"charge":1}');
    await spool.put(whole);
    expect(await taken()).toEqual([whole]);
    expect(await taken()).toEqual([]);
    expect(damaged).toHaveLength(1);
    expect(await redis.hgetall(`${key}:unreadable`)).toEqual({ damaged: '{"charge":1}' });
  });
});
