import { z } from 'zod';
import { auditEntry } from '../audit-entry';
import type { Call } from '../context';
import { upstreamName } from '../fields';
import { notFound, requireOperator } from '../permission';
import { presentUpstream } from './view';

export const deleteUpstreamInput = z.strictObject({ name: upstreamName });

/** Takes an upstream away, its secret with it. Requests that it is answering run to their end. */
export async function deleteUpstream({
  ctx,
  input,
}: Call<z.output<typeof deleteUpstreamInput>>): Promise<void> {
  requireOperator(ctx);
  await ctx.unitOfWork.transact(async (tx) => {
    const before = await tx.upstreams.find(input.name);
    if (before === null || !(await tx.upstreams.delete(input.name))) throw notFound('upstream');
    await tx.auditLog.append(
      auditEntry(ctx, {
        action: 'upstream.delete',
        target: input.name,
        before: presentUpstream(before),
      }),
    );
  });
  await ctx.feed.catalogueChanged();
}
