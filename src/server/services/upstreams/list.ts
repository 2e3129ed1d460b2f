import { z } from 'zod';
import type { Call } from '../context';
import { requireOperator } from '../permission';
import { presentUpstream, upstreamView } from './view';

export const upstreamList = z.object({ items: z.array(upstreamView) });

/** Every upstream, by name. */
export async function listUpstreams({
  ctx,
}: Pick<Call, 'ctx'>): Promise<z.output<typeof upstreamList>> {
  requireOperator(ctx);
  const upstreams = await ctx.unitOfWork.transact((tx) => tx.upstreams.list());
  return { items: upstreams.map(presentUpstream) };
}
