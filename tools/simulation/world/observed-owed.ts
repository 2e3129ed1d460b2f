import type { Fold } from '@/server/domain/ports';
import type { FailoverQuotaStore } from '@/server/stores/failover/quota-store';
import type { RedisQuotaStore } from '@/server/stores/redis/quota-store';
import type { Stage } from './stage';

/** Sees folds that come while Redis is left alone, and that Redis gets them later. */
export function observeOwed(stage: Stage, isOnRedis: () => boolean) {
  const waiting = new Set<string>();
  return {
    above: (store: FailoverQuotaStore): FailoverQuotaStore => ({
      ...store,
      async fold(fold) {
        if (!isOnRedis()) {
          stage.reach('fallback: a fold is owed');
          for (const { operationId } of fold.operations) waiting.add(operationId);
        }
        await store.fold(fold);
      },
    }),
    below: (store: RedisQuotaStore): RedisQuotaStore => ({
      ...store,
      async fold(fold: Fold) {
        await store.fold(fold);
        if (fold.operations.some(({ operationId }) => waiting.delete(operationId))) {
          stage.reach('fallback: an owed fold is paid');
        }
      },
    }),
  };
}
