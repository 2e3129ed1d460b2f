import { Cluster } from 'ioredis';
import type { RedisClient } from './client';
import { guardedRedis } from './failure';

export const SCAN_COUNT = 200;

/** Every key of a pattern, on every master of a cluster; a key may come up twice. */
export async function* scanKeys(redis: RedisClient, pattern: string): AsyncGenerator<string> {
  const nodes = redis instanceof Cluster ? redis.nodes('master') : [redis];
  for (const node of nodes) {
    let cursor = '0';
    do {
      const [next, keys] = await guardedRedis(() =>
        node.scan(cursor, 'MATCH', pattern, 'COUNT', SCAN_COUNT),
      );
      yield* keys;
      cursor = next;
    } while (cursor !== '0');
  }
}
