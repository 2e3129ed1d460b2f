import type { z } from 'zod';
import { auditEntry } from '../audit-entry';
import type { Call } from '../context';
import { notFound, requireOperator } from '../permission';
import { namedOperation, type quarantineEntryInput } from './view';

/** Gives a refused settlement up. The sweeper then ends its charge at the last checkpoint. */
export async function dismissQuarantine({
  ctx,
  input,
}: Call<z.output<typeof quarantineEntryInput>>): Promise<void> {
  requireOperator(ctx);
  const operationId = namedOperation(input.operationId);
  const isResolved = await ctx.quarantine.resolve(operationId, 'dismissed');
  if (!isResolved) throw notFound('settlement in quarantine');
  await ctx.unitOfWork.transact((tx) =>
    tx.auditLog.append(
      auditEntry(ctx, { action: 'quarantine.dismiss', target: operationId, after: { by: 'hand' } }),
    ),
  );
}
