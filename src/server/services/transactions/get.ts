import { z } from 'zod';
import { parseTenantId, parseTraceId } from '../../domain/ids';
import type { Call } from '../context';
import { requiredOr } from '../fields';
import { notFound, requireTenant } from '../permission';
import { presentTransaction, type TransactionView } from './view';

export const getTransactionInput = z.strictObject({
  traceId: z.string(),
  /** Trace ids are unique within a tenant only. */
  tenantId: z.string({ error: requiredOr('must be the id of a tenant') }),
});

/** The ledger row of a trace id. Unknown, or another tenant's: not_found. */
export async function getTransaction({
  ctx,
  input,
}: Call<z.output<typeof getTransactionInput>>): Promise<TransactionView> {
  const tenantId = parseTenantId(input.tenantId);
  const traceId = parseTraceId(input.traceId);
  if (tenantId === null || traceId === null) throw notFound('transaction');
  requireTenant(ctx, tenantId, 'viewer');
  const record = await ctx.unitOfWork.transact((tx) =>
    tx.transactions.findByTrace(tenantId, traceId),
  );
  if (record === null) throw notFound('transaction');
  return presentTransaction(record);
}
