import type { TenantId } from '@/server/domain/ids';
import type { QuotaStore } from '@/server/domain/ports';
import { RedisUnavailable } from '@/server/stores/redis/failure';
import type { RedisQuotaStore } from '@/server/stores/redis/quota-store';
import type { Breaker } from './breaker';
import { OwedFolds } from './owed-folds';

/** Quota from Redis while it can be trusted, from Postgres while it cannot. */
export interface FailoverQuotaStore extends QuotaStore {
  /** Pays what is owed to Redis, where it can be reached. */
  payOwed(): Promise<void>;
}

/**
 * After an outage a tenant uses Redis again only once its owed folds are paid and its hash was
 * brought up to Postgres's version: what the fallback did meanwhile is in no script's memory.
 */
export function createFailoverQuotaStore(
  redis: RedisQuotaStore,
  postgres: QuotaStore,
  breaker: Breaker,
): FailoverQuotaStore {
  const owed = new OwedFolds();
  let verifiedEpoch = breaker.epoch;
  const verified = new Set<TenantId>();

  const pay = async (tenantId: TenantId): Promise<void> => {
    const fold = owed.take(tenantId);
    if (fold === null) return;
    try {
      await redis.fold(fold);
    } catch (error) {
      owed.add(fold);
      throw error;
    }
  };

  const verify = async (tenantId: TenantId): Promise<void> => {
    if (breaker.epoch === 0) return;
    if (verifiedEpoch !== breaker.epoch) {
      verifiedEpoch = breaker.epoch;
      verified.clear();
    }
    if (verified.has(tenantId)) return;
    const { epoch } = breaker;
    await pay(tenantId);
    await redis.warm(tenantId);
    if (breaker.epoch === epoch) verified.add(tenantId);
  };

  /** Runs on Redis; a Redis that fails is left alone for a while, and the fallback runs instead. */
  const either = async <T>(
    tenantId: TenantId,
    onRedis: () => Promise<T>,
    fallback: () => Promise<T>,
  ): Promise<T> => {
    if (!breaker.isClosed) return await fallback();
    try {
      await verify(tenantId);
      return await onRedis();
    } catch (error) {
      if (!(error instanceof RedisUnavailable)) throw error;
      breaker.trip(error.reason);
      return await fallback();
    }
  };

  return {
    check: (tenantId, estimate) =>
      either(
        tenantId,
        () => redis.check(tenantId, estimate),
        () => postgres.check(tenantId, estimate),
      ),
    admit: (admission) =>
      either(
        admission.identity.tenantId,
        () => redis.admit(admission),
        () => postgres.admit(admission),
      ),
    // A hold that Postgres placed is raised there; so is any while Redis is away.
    raise: (raise) =>
      raise.charge.admittedBy === 'postgres'
        ? postgres.raise(raise)
        : either(
            raise.charge.tenantId,
            () => redis.raise(raise),
            () => postgres.raise(raise),
          ),
    deduct: (deduction) =>
      either(
        deduction.charge.tenantId,
        () => redis.deduct(deduction),
        () => postgres.deduct(deduction),
      ),
    fold: (fold) =>
      either(
        fold.tenantId,
        () => redis.fold(fold),
        async () => owed.add(fold),
      ),
    async renew(charges, leaseMs) {
      if (!breaker.isClosed) return;
      try {
        await redis.renew(charges, leaseMs);
      } catch (error) {
        if (!(error instanceof RedisUnavailable)) throw error;
        breaker.trip(error.reason);
      }
    },
    async payOwed() {
      for (const tenantId of owed.tenants()) {
        if (!breaker.isClosed) return;
        await pay(tenantId).catch((error: unknown) => {
          if (!(error instanceof RedisUnavailable)) throw error;
          breaker.trip(error.reason);
        });
      }
    },
  };
}
