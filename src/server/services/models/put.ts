import { z } from 'zod';
import { TOKENIZERS } from '../../domain/ports/repositories';
import { USAGE_POLICIES } from '../../domain/usage';
import { auditEntry } from '../audit-entry';
import type { Call } from '../context';
import { integer, modelId, price, requiredOr } from '../fields';
import { requireOperator } from '../permission';
import { type ModelView, presentModel } from './view';

export const putModelInput = z.strictObject({
  modelId,
  inputPrice: price,
  outputPrice: price,
  cachedInputPrice: price.nullable().optional(),
  contextWindow: integer(1).nullable().optional(),
  maxOutputTokens: integer(1).nullable().optional(),
  tokenizer: z
    .enum(TOKENIZERS, { error: requiredOr(`must be one of ${TOKENIZERS.join(', ')}`) })
    .nullable()
    .optional(),
  usageSource: z
    .enum(USAGE_POLICIES, { error: requiredOr(`must be one of ${USAGE_POLICIES.join(', ')}`) })
    .optional(),
});

/** Adds or replaces a model. Charges that are running keep the prices they were admitted with. */
export async function putModel({
  ctx,
  input,
}: Call<z.output<typeof putModelInput>>): Promise<ModelView> {
  requireOperator(ctx);
  const view = await ctx.unitOfWork.transact(async (tx) => {
    const before = await tx.models.find(input.modelId);
    const after = await tx.models.put({
      id: input.modelId,
      price: {
        input: input.inputPrice,
        output: input.outputPrice,
        cachedInput: input.cachedInputPrice ?? null,
      },
      contextWindow: input.contextWindow ?? null,
      maxOutputTokens: input.maxOutputTokens ?? null,
      tokenizer: input.tokenizer ?? null,
      usagePolicy: input.usageSource ?? 'counted',
    });
    const view = presentModel(after);
    await tx.auditLog.append(
      auditEntry(ctx, {
        action: 'model.put',
        target: input.modelId,
        before: before === null ? null : presentModel(before),
        after: view,
      }),
    );
    return view;
  });
  await ctx.feed.catalogueChanged();
  return view;
}
