import type { TenantId } from '../../src/server/domain/ids';
import { dropAbandoned } from '../../src/server/gateway/reconcile';
import type { Sql } from '../../src/server/stores/postgres/client';
import { createPostgresLedger } from '../../src/server/stores/postgres/ledger';
import type { RedisClient } from '../../src/server/stores/redis/client';
import { createRedisKeeper } from '../../src/server/stores/redis/keeper';
import { createRedisQuotaStore } from '../../src/server/stores/redis/quota-store';
import { rebuildHash } from '../../src/server/stores/redis/rebuild';
import { createScriptRunner } from '../../src/server/stores/redis/scripts';

/**
 * Sets a tenant right in Redis from Postgres, never the other way round: operations that nothing
 * waits for are dropped, and its hash is built anew from the ledger and what is open. Safe under
 * traffic.
 */
export function repairOf(sql: Sql, redis: RedisClient): (tenantId: TenantId) => Promise<void> {
  const ledger = createPostgresLedger(sql);
  const scripts = createScriptRunner(redis, () => undefined);
  const quota = createRedisQuotaStore(scripts, (tenantId) => ledger.snapshot(tenantId));
  const keeper = createRedisKeeper(redis, scripts, quota);
  return async (tenantId) => {
    await dropAbandoned({ ledger, quota, keeper }, tenantId);
    await rebuildHash(redis, quota, tenantId);
  };
}
