import {
  type OperationId,
  parseOperationId,
  parseTenantId,
  type TenantId,
} from '@/server/domain/ids';
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
import { leaseOf, redisNowMs } from './leases';
import type { RedisQuotaStore } from './quota-store';
import { SCAN_COUNT, scanKeys } from './scan';
import type { ScriptRunner } from './scripts';

/** Looks through Redis without blocking it. Throws RedisUnavailable. */
export function createRedisKeeper(
  redis: RedisClient,
  scripts: ScriptRunner,
  store: RedisQuotaStore,
): OperationsKeeper {
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
    async abandoned(tenantId, graceMs) {
      const before = (await redisNowMs(redis)) - graceMs;
      return (await expiredOf(redis, tenantId, before)).operationIds;
    },
    async *tenants() {
      for await (const key of scanKeys(redis, QUOTA_KEY_PATTERN)) {
        const tenantId = parseTenantId(tenantOfQuotaKey(key));
        if (tenantId !== null) yield tenantId;
      }
    },
    async readBase(tenantId, keyQuotas) {
      const [, , version, base, stray, ...versions] = await scripts.run(
        'quota_sum',
        [quotaKey(tenantId), operationsKey(tenantId)],
        keyQuotas.map(({ keyId, type }) => `${keyId}:${type}`),
      );
      if (version === undefined || base === undefined) return null;
      return {
        version: Number(version),
        baseNano: BigInt(base) + BigInt(stray ?? '0'),
        keyQuotaVersions: versions.map(Number),
      };
    },
    warm: (tenantId) => store.warm(tenantId),
  };
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
      const lease = leaseOf(entries[i + 1] ?? '');
      const operationId = parseOperationId(entries[i] ?? '');
      if (operationId !== null && lease < beforeMs) operationIds.push(operationId);
    }
    cursor = next;
  } while (cursor !== '0');
  return { tenantId, operationIds };
}
