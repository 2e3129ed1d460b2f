import type { ReceiptReader } from '@/server/domain/ports';
import type { UnitOfWork } from '@/server/domain/ports/repositories';
import { guarded } from './failure';

/** Receipts out of the ledger, by the pool that requests for answers do not wait for. */
export const createReceiptReader = (unitOfWork: UnitOfWork): ReceiptReader => ({
  find: (tenantId, traceId) =>
    guarded(() => unitOfWork.transact((tx) => tx.transactions.receipt(tenantId, traceId))),
});
