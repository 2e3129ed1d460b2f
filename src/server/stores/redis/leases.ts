import type { RedisClient } from './client';
import { guardedRedis } from './failure';

const LEASE_FIELD = 7;

/** Until when a packed operation is leased, by Redis's clock (ms); NaN for what is none of ours. */
export const leaseOf = (packed: string): number => Number(packed.split('|')[LEASE_FIELD]);

export async function redisNowMs(redis: RedisClient): Promise<number> {
  const [seconds, micros] = await guardedRedis(() => redis.time());
  return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
}
