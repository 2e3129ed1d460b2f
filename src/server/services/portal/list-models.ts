import type { ServiceContext } from '../context';
import { type ModelView, presentModel } from '../models/view';

export interface ModelCatalogue {
  /** By id. */
  readonly items: readonly ModelView[];
}

/** What can be bought here and at what price: the same for every tenant. */
export async function listCatalogue({ ctx }: { ctx: ServiceContext }): Promise<ModelCatalogue> {
  const models = await ctx.unitOfWork.transact((tx) => tx.models.list());
  return { items: models.map(presentModel) };
}
