import { z } from 'zod';
import { trustedTransactionId } from '../../domain/ids';
import { TRANSACTION_STATUSES } from '../../domain/ports/portal';
import type { PortalContext } from './context';
import { presentTransaction, type TransactionView } from './transaction-view';

export const listTransactionsInput = z.object({
  cursor: z.uuid().optional(),
  limit: z.number().int().min(1).max(100).default(25),
  status: z.enum(TRANSACTION_STATUSES).optional(),
  /** The beginning of a trace id. */
  traceId: z.string().trim().max(128).optional(),
});

export interface TransactionPage {
  readonly items: readonly TransactionView[];
  /** Asks for the next, older page; null at the end. */
  readonly nextCursor: string | null;
}

/** One page of the tenant's ledger, newest first. */
export async function listTransactions({
  ctx,
  input,
}: {
  ctx: PortalContext;
  input: z.output<typeof listTransactionsInput>;
}): Promise<TransactionPage> {
  const rows = await ctx.portal.transactions(ctx.tenantId, {
    before: input.cursor === undefined ? null : trustedTransactionId(input.cursor),
    limit: input.limit + 1,
    status: input.status ?? null,
    tracePrefix: input.traceId || null,
  });
  const page = rows.slice(0, input.limit);
  return {
    items: page.map(presentTransaction),
    nextCursor: rows.length > input.limit ? (page.at(-1)?.id ?? null) : null,
  };
}
