import type { z } from 'zod';
import type { Call } from '../context';
import { requireOperator } from '../permission';
import { presentQuarantined, type quarantineList } from './view';

const SHOWN_MAX = 200;

/** What waits in quarantine, oldest first, at most 200. */
export async function listQuarantine({
  ctx,
}: Pick<Call, 'ctx'>): Promise<z.output<typeof quarantineList>> {
  requireOperator(ctx);
  const held = await ctx.quarantine.list(SHOWN_MAX);
  return { items: held.map(presentQuarantined) };
}
