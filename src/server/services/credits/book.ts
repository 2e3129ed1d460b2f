import type { CreditKind } from '../../domain/charge';
import { TallygateError } from '../../domain/errors';
import { newTransactionId, type TenantId, type TraceId } from '../../domain/ids';
import type { Nano } from '../../domain/money';
import type { Repositories, TransactionRecord } from '../../domain/ports/repositories';
import type { QuotaRow } from '../../domain/quota';
import { notFound } from '../permission';
import { expectRefundable } from './refundable';

export interface Credit {
  readonly tenantId: TenantId;
  readonly traceId: TraceId;
  readonly kind: CreditKind;
  readonly amountNano: Nano;
  readonly note: string | null;
  /** The charge that this gives back, in whole or in part. */
  readonly refundOf: TraceId | null;
}

export interface BookedCredit {
  readonly record: TransactionRecord;
  readonly quota: QuotaRow;
}

/**
 * Adds the row and moves the balance by it, in the caller's transaction: the quota row is locked
 * first, as settling does. Null: the trace id is taken, nothing was changed. Throws 404 for an unknown
 * tenant or charge, 409 for a refund of more than its charge has taken.
 */
export async function bookCredit(tx: Repositories, credit: Credit): Promise<BookedCredit | null> {
  const before = await tx.tenants.lockQuota(credit.tenantId);
  if (before === null) throw notFound('tenant');
  const { tenantId, traceId, amountNano, refundOf } = credit;
  if (refundOf !== null) {
    // A repeat is not a second refund: it finds its own row.
    if ((await tx.transactions.findByTrace(tenantId, traceId)) !== null) return null;
    await expectRefundable(tx, { tenantId, refundOf, amountNano });
  }
  const record = await tx.transactions.addCredit({
    ...credit,
    id: newTransactionId(),
    balanceAfterNano: before.balanceNano + amountNano,
  });
  if (record === null) return null;
  const quota = await tx.tenants.moveBalance(tenantId, amountNano);
  if (quota !== null) return { record, quota };
  throw new TallygateError(
    'invalid_field',
    'This would take the balance beyond 9000000000000000 nano-USD, the most that can be kept.',
    { param: 'amount' },
  );
}
