import { operationId, type TenantId } from '@/server/domain/ids';
import type { Fold, Inquiry, QuotaReader, QuotaStore } from '@/server/domain/ports';
import type { Standing } from '@/server/domain/standing';
import { isLedgerUnavailable } from '@/server/domain/unavailable';
import { RedisUnavailable } from '@/server/stores/redis/failure';
import type { RedisQuotaStore } from '@/server/stores/redis/quota-store';
import type { Breaker } from './breaker';
import { foldsTogether } from './folds-together';
import { OwedFolds } from './owed-folds';

/** Quota from Redis while it can be trusted, from Postgres while it cannot. */
export interface FailoverQuotaStore extends QuotaStore, QuotaReader {
  /** Pays what is owed to Redis, where it can be reached. */
  payOwed(): Promise<void>;
  /** Brings these tenants' hashes up to the ledger and to this process's own holds, now. */
  recover(tenants: Iterable<TenantId>): Promise<void>;
}

/**
 * At a process's start and after an outage, a tenant uses Redis only once its owed folds are paid
 * and its hash was brought up to Postgres's version: what a fallback did meanwhile, here or in a
 * process that is gone, is in no script's memory.
 */
export function createFailoverQuotaStore(
  redis: RedisQuotaStore,
  postgres: QuotaStore & QuotaReader,
  breaker: Breaker,
): FailoverQuotaStore {
  const owed = new OwedFolds();
  let verifiedEpoch = breaker.epoch;
  const verified = new Set<TenantId>();
  const verifying = new Map<TenantId, Promise<void>>();

  const pay = async (tenantId: TenantId): Promise<void> => {
    const parts = owed.take(tenantId);
    let paid = 0;
    try {
      for (const part of parts) {
        await redis.fold(part);
        paid += 1;
      }
    } catch (error) {
      // What Redis refuses for itself would be refused again: the reconciler finds it by its lease.
      if (error instanceof RedisUnavailable) for (const part of parts.slice(paid)) owed.add(part);
      throw error;
    }
  };

  const isVerified = (tenantId: TenantId): boolean =>
    verifiedEpoch === breaker.epoch && verified.has(tenantId);

  const verify = async (tenantId: TenantId): Promise<void> => {
    if (isVerified(tenantId)) return;
    if (verifiedEpoch !== breaker.epoch) {
      verifiedEpoch = breaker.epoch;
      verified.clear();
      verifying.clear();
    }
    let underWay = verifying.get(tenantId);
    if (underWay === undefined) {
      underWay = bringUp(tenantId, breaker.epoch).finally(() => verifying.delete(tenantId));
      verifying.set(tenantId, underWay);
    }
    await underWay;
  };

  const bringUp = async (tenantId: TenantId, epoch: number): Promise<void> => {
    await pay(tenantId);
    await redis.warm(tenantId);
    if (breaker.epoch === epoch) verified.add(tenantId);
  };

  /**
   * Bringing a tenant up would write. So a hash that is not brought up yet is believed only where it
   * knows all that the ledger does; else the ledger is.
   */
  const standingInRedis = async (inquiry: Inquiry): Promise<Standing> => {
    if (isVerified(inquiry.tenantId)) {
      return (await redis.standing(inquiry)) ?? (await postgres.standing(inquiry));
    }
    const inPostgres = await postgres.standing(inquiry);
    const inRedis = await redis.standing(inquiry);
    const isCurrent = inRedis !== null && inRedis.quota.version >= inPostgres.quota.version;
    return isCurrent ? inRedis : inPostgres;
  };

  /** Runs on Redis; a Redis that fails is left alone for a while, and the fallback runs instead. */
  const preferRedis = async <T>(
    onRedis: () => Promise<T>,
    fallback: () => Promise<T>,
  ): Promise<T> => {
    if (!breaker.isClosed) return await fallback();
    try {
      return await onRedis();
    } catch (error) {
      if (!(error instanceof RedisUnavailable)) throw error;
      breaker.trip(error.reason);
      return await fallback();
    }
  };

  /** The same for what relies on the tenant's hash: it is brought up first. */
  const either = <T>(
    tenantId: TenantId,
    onRedis: () => Promise<T>,
    fallback: () => Promise<T>,
  ): Promise<T> =>
    preferRedis(
      isVerified(tenantId)
        ? onRedis
        : async () => {
            await verify(tenantId);
            return await onRedis();
          },
      fallback,
    );

  const fold = async (what: Fold): Promise<void> => {
    try {
      await either(
        what.tenantId,
        () => redis.fold(what),
        async () => owed.add(what),
      );
    } catch (error) {
      // The tenant's hash cannot be brought up to a ledger that is away.
      if (!isLedgerUnavailable(error)) throw error;
      owed.add(what);
    }
  };

  return {
    standing: (inquiry) =>
      preferRedis(
        () => standingInRedis(inquiry),
        () => postgres.standing(inquiry),
      ),
    check: (tenantId, estimate) =>
      either(
        tenantId,
        () => redis.check(tenantId, estimate),
        () => postgres.check(tenantId, estimate),
      ),
    async admit(admission) {
      const { tenantId, traceId, transactionId, traceNamed } = admission.identity;
      let wasTried = false;
      let isAdmitted = false;
      const onRedis = () => {
        wasTried = true;
        return redis.admit(admission);
      };
      const onPostgres = async () => {
        try {
          const reply = await postgres.admit(admission);
          isAdmitted = reply.kind === 'admitted';
          return reply;
        } finally {
          // Redis may have placed the hold, or may still: nothing will come of it.
          if (wasTried && !isAdmitted && admission.attempt === 1) {
            const operation = { operationId: operationId(transactionId, 1), traceId };
            const operations = [traceNamed ? operation : { ...operation, traceId: null }];
            owed.add({ tenantId, quota: null, keyQuotas: [], operations });
          }
        }
      };
      return await either(tenantId, onRedis, onPostgres);
    },
    // Wherever it was placed, a hold is raised where the tenant's other requests look.
    raise: (raise) =>
      either(
        raise.charge.tenantId,
        async () => {
          const reply = await redis.raise(raise);
          return reply.kind === 'unknown' ? await postgres.raise(raise) : reply;
        },
        () => postgres.raise(raise),
      ),
    deduct: (deduction) =>
      either(
        deduction.charge.tenantId,
        () => redis.deduct(deduction),
        () => postgres.deduct(deduction),
      ),
    fold: foldsTogether(fold),
    async renew(charges, leaseMs) {
      if (!breaker.isClosed) return;
      try {
        await redis.renew(charges, leaseMs);
      } catch (error) {
        if (!(error instanceof RedisUnavailable)) throw error;
        breaker.trip(error.reason);
      }
    },
    async recover(tenants) {
      for (const tenantId of tenants) {
        if (!breaker.isClosed) return;
        await verify(tenantId).catch((error: unknown) => {
          if (!(error instanceof RedisUnavailable)) throw error;
          breaker.trip(error.reason);
        });
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
