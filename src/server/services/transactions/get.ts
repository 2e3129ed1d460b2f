import { z } from 'zod';
import { parseTenantId, parseTraceId } from '../../domain/ids';
import { presentReceipt, type ReceiptView } from '../../domain/receipt';
import type { Call } from '../context';
import { requiredOr } from '../fields';
import { notFound, requireTenant } from '../permission';

export const transactionInput = z.strictObject({
  traceId: z.string(),
  /** Trace ids are unique within a tenant only. */
  tenantId: z.string({ error: requiredOr('must be the id of a tenant') }),
});

/** The receipt of a trace id. Unknown, or another tenant's: not_found. */
export async function getTransaction({
  ctx,
  input,
}: Call<z.output<typeof transactionInput>>): Promise<ReceiptView> {
  const tenantId = parseTenantId(input.tenantId);
  const traceId = parseTraceId(input.traceId);
  if (tenantId === null || traceId === null) throw notFound('transaction');
  requireTenant(ctx, tenantId, 'tenant.read');
  const receipt = await ctx.unitOfWork.transact((tx) => tx.transactions.receipt(tenantId, traceId));
  if (receipt === null) throw notFound('transaction');
  return presentReceipt(receipt);
}
