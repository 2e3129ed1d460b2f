import { z } from 'zod';
import { auditEntry } from '../audit-entry';
import type { Call } from '../context';
import { modelId } from '../fields';
import { notFound, requireOperator } from '../permission';
import { presentModel } from './view';

export const deleteModelInput = z.strictObject({ modelId });

/** Takes a model out of the catalogue. Charges that are running end as they began. */
export async function deleteModel({
  ctx,
  input,
}: Call<z.output<typeof deleteModelInput>>): Promise<void> {
  requireOperator(ctx);
  await ctx.unitOfWork.transact(async (tx) => {
    const before = await tx.models.find(input.modelId);
    if (before === null || !(await tx.models.delete(input.modelId))) throw notFound('model');
    await tx.auditLog.append(
      auditEntry(ctx, {
        action: 'model.delete',
        target: input.modelId,
        before: presentModel(before),
      }),
    );
  });
  await ctx.feed.catalogueChanged();
}
