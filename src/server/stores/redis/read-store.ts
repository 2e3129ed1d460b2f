import { parseOperationId, type TenantId } from '@/server/domain/ids';
import type { ReadQuotaStore, StoredOperation, StoreReading } from '@/server/domain/ports/audit';
import type { RedisClient } from './client';
import { guardedRedis, RedisUnavailable } from './failure';
import { operationsKey, quotaKey } from './keys';
import { leaseOf, redisNowMs } from './leases';

/** Reads tenants' hashes and open operations as they stand, for the audit. Writes nothing. */
export const createQuotaStoreReader =
  (redis: RedisClient): ReadQuotaStore =>
  async (tenantIds) => {
    if (redis.status !== 'ready') return { away: 'Redis is out of reach' };
    try {
      const nowMs = await redisNowMs(redis);
      return await Promise.all(tenantIds.map((tenantId) => read(redis, tenantId, nowMs)));
    } catch (error) {
      if (error instanceof RedisUnavailable) return { away: `Redis is away (${error.reason})` };
      throw error;
    }
  };

/** Where there is nothing to read. */
export const noQuotaStore: ReadQuotaStore = async () => ({ away: 'There is no Redis' });

async function read(redis: RedisClient, tenantId: TenantId, nowMs: number): Promise<StoreReading> {
  const [hash, packed] = await guardedRedis(() =>
    Promise.all([redis.hgetall(quotaKey(tenantId)), redis.hgetall(operationsKey(tenantId))]),
  );
  const operations = Object.entries(packed).flatMap(([field, value]): StoredOperation[] => {
    const operationId = parseOperationId(field);
    return operationId === null ? [] : [{ operationId, leaseLeftMs: leaseOf(value) - nowMs }];
  });
  return { hash, operations };
}
