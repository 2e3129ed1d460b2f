import type { Settlement } from '@/server/domain/charge';
import { parseTenantId, type TenantId } from '@/server/domain/ids';
import type { SettlementSpool } from '@/server/domain/ports';
import { decodeSettlement, encodeSettlement } from '@/server/stores/spool/settlement-record';
import type { RedisClient } from './client';
import { guardedRedis, RedisUnavailable } from './failure';
import { damagedSpoolKey, SPOOLING_TENANTS_KEY, spoolKey } from './keys';

/**
 * A spool in Redis, for processes without a disk: beside the tenant's operations, without a time
 * to live. As durable as that Redis is. `put` throws RedisUnavailable; a replay waits for Redis.
 */
export function createRedisSpool(
  redis: RedisClient,
  onDamaged: (error: unknown) => void,
): SettlementSpool {
  const tenants = async (): Promise<TenantId[]> => {
    const members = await guardedRedis(() => redis.smembers(SPOOLING_TENANTS_KEY));
    return members.map(parseTenantId).filter((id) => id !== null);
  };

  const forget = async (tenantId: TenantId, field: string): Promise<void> => {
    await guardedRedis(() => redis.hdel(spoolKey(tenantId), field));
  };

  /** Null where it is damaged: then it is told, and set aside under another key. */
  const decode = async (
    tenantId: TenantId,
    field: string,
    record: string,
  ): Promise<Settlement | null> => {
    try {
      return decodeSettlement(record);
    } catch (error) {
      onDamaged(error);
      await guardedRedis(() => redis.hset(damagedSpoolKey(tenantId), field, record));
      await forget(tenantId, field);
      return null;
    }
  };

  /** Off the list first, then a last look: a settlement put meanwhile is never forgotten. */
  const strike = async (tenantId: TenantId): Promise<void> => {
    await guardedRedis(() => redis.srem(SPOOLING_TENANTS_KEY, tenantId));
    const left = await guardedRedis(() => redis.hlen(spoolKey(tenantId)));
    if (left > 0) await guardedRedis(() => redis.sadd(SPOOLING_TENANTS_KEY, tenantId));
  };

  return {
    async put(settlement) {
      const { tenantId, operationId } = settlement.charge;
      const record = encodeSettlement(settlement);
      await guardedRedis(() => redis.hset(spoolKey(tenantId), operationId, record));
      await guardedRedis(() => redis.sadd(SPOOLING_TENANTS_KEY, tenantId));
      return { takeBack: () => forget(tenantId, operationId) };
    },
    async replay(book) {
      let booked = 0;
      const failures: unknown[] = [];
      try {
        for (const tenantId of await tenants()) {
          const records = await guardedRedis(() => redis.hgetall(spoolKey(tenantId)));
          for (const [field, record] of Object.entries(records)) {
            const settlement = await decode(tenantId, field, record);
            if (settlement === null) continue;
            try {
              await book(settlement);
            } catch (error) {
              failures.push(error);
              continue;
            }
            await forget(tenantId, field);
            booked += 1;
          }
          await strike(tenantId);
        }
      } catch (error) {
        if (!(error instanceof RedisUnavailable)) throw error;
      }
      if (failures.length > 0) throw failures[0];
      return booked;
    },
    async waiting() {
      let waiting = 0;
      for (const tenantId of await tenants()) {
        waiting += await guardedRedis(() => redis.hlen(spoolKey(tenantId)));
      }
      return waiting;
    },
  };
}
