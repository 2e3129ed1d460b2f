import type { OperationId } from '@/server/domain/ids';
import { parseTenantId, type TenantId } from '@/server/domain/ids';
import type { ExpiredOperations, OperationsKeeper } from '@/server/domain/ports';
import type { RedisClient } from './client';
import { guardedRedis } from './failure';
import {
  OPERATIONS_KEY_PATTERN,
  operationsKey,
  QUOTA_KEY_PATTERN,
  quotaKey,
  tenantOfOperationsKey,
  tenantOfQuotaKey,
} from './keys';
import type { RedisQuotaStore } from './quota-store';
import { SCAN_COUNT, scanKeys } from './scan';

const LEASE_FIELD = 7;

/** Looks through Redis without blocking it. Throws RedisUnavailable. */
export function createRedisKeeper(redis: RedisClient, store: RedisQuotaStore): OperationsKeeper {
  return {
    async *expired(graceMs) {
      const before = (await redisNowMs(redis)) - graceMs;
      for await (const key of scanKeys(redis, OPERATIONS_KEY_PATTERN)) {
        const tenantId = parseTenantId(tenantOfOperationsKey(key));
        if (tenantId === null) continue;
        const found = await expiredOf(redis, tenantId, before);
        if (found.operationIds.length > 0) yield found;
      }
    },
    async *tenants() {
      for await (const key of scanKeys(redis, QUOTA_KEY_PATTERN)) {
        const tenantId = parseTenantId(tenantOfQuotaKey(key));
        if (tenantId !== null) yield tenantId;
      }
    },
    async readBase(tenantId, keyQuotas) {
      const fields = keyQuotas.map(({ keyId, type }) => `kqv:${keyId}:${type}`);
      const [version, base, ...versions] = await guardedRedis(() =>
        redis.hmget(quotaKey(tenantId), 'version', 'base', ...fields),
      );
      if (!version || !base) return null;
      return {
        version: Number(version),
        baseNano: BigInt(base),
        keyQuotaVersions: versions.map((own) => Number(own ?? '0')),
      };
    },
    warm: (tenantId) => store.warm(tenantId),
  };
}

async function redisNowMs(redis: RedisClient): Promise<number> {
  const [seconds, micros] = await guardedRedis(() => redis.time());
  return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
}

async function expiredOf(
  redis: RedisClient,
  tenantId: TenantId,
  beforeMs: number,
): Promise<ExpiredOperations> {
  const operationIds: OperationId[] = [];
  let cursor = '0';
  do {
    const [next, entries] = await guardedRedis(() =>
      redis.hscan(operationsKey(tenantId), cursor, 'COUNT', SCAN_COUNT),
    );
    for (let i = 0; i + 1 < entries.length; i += 2) {
      const lease = Number(entries[i + 1]?.split('|')[LEASE_FIELD]);
      if (lease < beforeMs) operationIds.push(entries[i] as OperationId);
    }
    cursor = next;
  } while (cursor !== '0');
  return { tenantId, operationIds };
}
