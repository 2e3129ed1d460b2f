import type { z } from 'zod';
import { newTransactionId, parseTenantId, parseTraceId, trustedTraceId } from '../../domain/ids';
import { presentTransaction } from '../../domain/receipt';
import { auditEntry } from '../audit-entry';
import type { Call } from '../context';
import { bookCredit } from '../credits/book';
import { refundableNano } from '../credits/refundable';
import { notFound, requireOperator } from '../permission';
import type { transactionInput } from './get';

/**
 * Gives back what is left of a charge by a row of its own; the charge stays as it is. Nothing left:
 * nothing happens, so it may be repeated. Throws 404, or 409 for what is no COMMITTED charge.
 */
export async function refundTransaction({
  ctx,
  input,
}: Call<z.output<typeof transactionInput>>): Promise<void> {
  requireOperator(ctx);
  const tenantId = parseTenantId(input.tenantId);
  const refundOf = parseTraceId(input.traceId);
  if (tenantId === null || refundOf === null) throw notFound('transaction');
  const quota = await ctx.unitOfWork.transact(async (tx) => {
    const before = await tx.tenants.lockQuota(tenantId);
    if (before === null) throw notFound('transaction');
    const amountNano = await refundableNano(tx, tenantId, refundOf, 'traceId');
    if (amountNano === 0n) return before;
    // A trace id that nobody can have taken beforehand.
    const traceId = trustedTraceId(`refund:${newTransactionId()}`);
    const refund = { tenantId, traceId, kind: 'refund', amountNano, note: null, refundOf } as const;
    const booked = await bookCredit(tx, refund);
    if (booked === null) throw new Error('A trace id of our own making was taken');
    await tx.auditLog.append(
      auditEntry(ctx, {
        tenantId,
        action: 'credit.refund',
        target: booked.record.id,
        after: presentTransaction(booked.record),
      }),
    );
    return booked.quota;
  });
  // Told again for a repeat as well: the first caller may have died before it could.
  await ctx.feed.quotaChanged(quota, []);
}
