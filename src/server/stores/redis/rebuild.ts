import type { TenantId } from '@/server/domain/ids';
import type { RedisClient } from './client';
import { guardedRedis } from './failure';
import { quotaKey } from './keys';
import type { RedisQuotaStore } from './quota-store';

/**
 * Throws a tenant's quota hash away and builds it anew from Postgres and from the operations that
 * are open. Never the other way round; safe under traffic. Throws RedisUnavailable.
 */
export async function rebuildHash(
  redis: RedisClient,
  store: RedisQuotaStore,
  tenantId: TenantId,
): Promise<void> {
  await guardedRedis(() => redis.del(quotaKey(tenantId)));
  await store.warm(tenantId);
}
