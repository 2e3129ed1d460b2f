import { z } from 'zod';
import type { Call } from '../context';
import { requireOperator } from '../permission';
import { modelView, presentModel } from './view';

export const modelList = z.object({ items: z.array(modelView) });

/** Every model of the catalogue, by id. */
export async function listModels({ ctx }: Pick<Call, 'ctx'>): Promise<z.output<typeof modelList>> {
  requireOperator(ctx);
  const models = await ctx.unitOfWork.transact((tx) => tx.models.list());
  return { items: models.map(presentModel) };
}
