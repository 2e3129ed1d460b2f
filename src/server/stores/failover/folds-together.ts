import type { TenantId } from '@/server/domain/ids';
import type { Fold } from '@/server/domain/ports';
import { OwedFolds } from './owed-folds';

/**
 * Lets a tenant's folds of one turn leave as one: the settlements that shared a transaction are told
 * of together, with the newest row. Each resolves or rejects as the fold that it went with.
 */
export function foldsTogether(send: (fold: Fold) => Promise<void>): (fold: Fold) => Promise<void> {
  const waiting = new OwedFolds();
  const sends = new Map<TenantId, Promise<void>>();
  const sendAll = async (tenantId: TenantId): Promise<void> => {
    // What is settled in one turn comes here in the same turn of the promise queue.
    await null;
    sends.delete(tenantId);
    for (const part of waiting.take(tenantId)) await send(part);
  };
  return (fold) => {
    waiting.add(fold);
    let sending = sends.get(fold.tenantId);
    if (sending === undefined) {
      sending = sendAll(fold.tenantId);
      sends.set(fold.tenantId, sending);
    }
    return sending;
  };
}
