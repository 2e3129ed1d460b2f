import { TallygateError } from '../../domain/errors';
import type { TenantId, TraceId } from '../../domain/ids';
import type { Nano } from '../../domain/money';
import type { Repositories } from '../../domain/ports/repositories';
import { refundedNano } from '../../domain/receipt';

const conflict = (message: string, param: string): TallygateError =>
  new TallygateError('conflict', message, { param });

/**
 * What of a COMMITTED charge has not been refunded yet, in nano-USD. Final only while the tenant's
 * quota row is locked. `param` is the field that names the charge. Throws 404, or 409 for what is
 * no charge or has charged nothing.
 */
export async function refundableNano(
  tx: Repositories,
  tenantId: TenantId,
  traceId: TraceId,
  param: string,
): Promise<Nano> {
  const receipt = await tx.transactions.receipt(tenantId, traceId);
  if (receipt === null) {
    throw new TallygateError('not_found', 'There is no such transaction.', { param });
  }
  const { record, refunds } = receipt;
  if (record.kind !== 'charge') {
    throw conflict(
      `${traceId} is a ${record.kind}, and only a charge is refunded. Book an adjustment instead.`,
      param,
    );
  }
  switch (record.status) {
    case 'PENDING':
      throw conflict(`${traceId} is not settled yet. Refund it once it is COMMITTED.`, param);
    case 'VOIDED':
      throw conflict(`${traceId} was voided: nothing was charged for it.`, param);
    case 'COMMITTED':
      return record.amountNano - refundedNano(refunds);
  }
}

/** Throws 409 where a refund would give back more than its charge has taken. */
export async function expectRefundable(
  tx: Repositories,
  refund: {
    readonly tenantId: TenantId;
    readonly refundOf: TraceId;
    readonly amountNano: Nano;
  },
): Promise<void> {
  const left = await refundableNano(tx, refund.tenantId, refund.refundOf, 'refundOf');
  if (refund.amountNano <= left) return;
  throw conflict(
    `Of ${refund.refundOf} only ${left} nano-USD are left to refund; ${refund.amountNano} were asked for.`,
    'amount',
  );
}
