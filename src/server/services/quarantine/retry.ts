import { z } from 'zod';
import { auditEntry } from '../audit-entry';
import type { Call } from '../context';
import { notFound, requireOperator } from '../permission';
import { namedOperation, type quarantineEntryInput } from './view';

export const retryReport = z.object({
  /**
   * `refused`: the ledger still will not take it; its reason is in the list. `left_to_sweeper`: the
   * next sweep ends the charge at the checkpoint that its row has then.
   */
  outcome: z.enum(['booked', 'refused', 'left_to_sweeper']),
});

/** Books a refused settlement once more, after an operator has mended what it failed on. */
export async function retryQuarantine({
  ctx,
  input,
}: Call<z.output<typeof quarantineEntryInput>>): Promise<z.output<typeof retryReport>> {
  requireOperator(ctx);
  const operationId = namedOperation(input.operationId);
  const outcome = await ctx.retryQuarantined(operationId);
  if (outcome === 'missing') throw notFound('settlement in quarantine');
  await ctx.unitOfWork.transact((tx) =>
    tx.auditLog.append(
      auditEntry(ctx, { action: 'quarantine.retry', target: operationId, after: { outcome } }),
    ),
  );
  return { outcome };
}
