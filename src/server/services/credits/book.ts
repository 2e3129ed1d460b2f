import type { CreditKind } from '../../domain/charge';
import { TallygateError } from '../../domain/errors';
import { newTransactionId, type TenantId, type TraceId } from '../../domain/ids';
import type { Nano } from '../../domain/money';
import type { Repositories, TransactionRecord } from '../../domain/ports/repositories';
import type { QuotaRow } from '../../domain/quota';

export interface Credit {
  readonly tenantId: TenantId;
  readonly traceId: TraceId;
  readonly kind: CreditKind;
  readonly amountNano: Nano;
  readonly note: string | null;
}

export interface BookedCredit {
  readonly record: TransactionRecord;
  readonly quota: QuotaRow;
}

/**
 * Claims the trace id, moves the balance and ends the row, in the caller's transaction; rows before
 * quota, as settling does. Null: the trace id is taken and nothing was changed.
 */
export async function bookCredit(tx: Repositories, credit: Credit): Promise<BookedCredit | null> {
  const id = newTransactionId();
  if (!(await tx.transactions.claimCredit({ id, ...credit }))) return null;
  const quota = await tx.tenants.moveBalance(credit.tenantId, credit.amountNano);
  if (quota === null) {
    throw new TallygateError(
      'invalid_field',
      'This would take the balance beyond 9000000000000000 nano-USD, the most that can be kept.',
      { param: 'amount' },
    );
  }
  return { record: await tx.transactions.commitCredit(id, quota.balanceNano), quota };
}
