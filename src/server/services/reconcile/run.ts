import { z } from 'zod';
import { auditEntry } from '../audit-entry';
import type { Call } from '../context';
import { requireOperator } from '../permission';

/** The reconciler's figures, whatever it counts. */
export const reconcileReport = z.looseObject({});

/** Runs the reconciler now instead of at its next turn. */
export async function runReconcile({
  ctx,
}: Pick<Call, 'ctx'>): Promise<z.output<typeof reconcileReport>> {
  requireOperator(ctx);
  const report = await ctx.runReconcile();
  await ctx.unitOfWork.transact((tx) =>
    tx.auditLog.append(auditEntry(ctx, { action: 'reconcile.run', target: 'all', after: report })),
  );
  return { ...report };
}
