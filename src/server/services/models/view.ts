import { z } from 'zod';
import type { ModelRecord } from '../../domain/ports/directory';
import { formatPrice } from '../../domain/pricing';
import { USAGE_POLICIES } from '../../domain/usage';

/** A model of the catalogue. Prices are nano-USD per token, exact decimal strings. */
export const modelView = z.object({
  id: z.string(),
  inputPrice: z.string(),
  outputPrice: z.string(),
  cachedInputPrice: z.string().nullable(),
  contextWindow: z.number().nullable(),
  maxOutputTokens: z.number().nullable(),
  tokenizer: z.string().nullable(),
  usageSource: z.enum(USAGE_POLICIES),
  createdAt: z.string(),
});
export type ModelView = z.output<typeof modelView>;

export function presentModel(model: ModelRecord): ModelView {
  const { input, output, cachedInput } = model.price;
  return {
    id: model.id,
    inputPrice: formatPrice(input),
    outputPrice: formatPrice(output),
    cachedInputPrice: cachedInput === null ? null : formatPrice(cachedInput),
    contextWindow: model.contextWindow,
    maxOutputTokens: model.maxOutputTokens,
    tokenizer: model.tokenizer,
    usageSource: model.usagePolicy,
    createdAt: new Date(model.createdAtMs).toISOString(),
  };
}
