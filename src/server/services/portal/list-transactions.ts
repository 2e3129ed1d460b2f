import { z } from 'zod';
import { TRANSACTION_KINDS, TRANSACTION_STATUSES } from '../../domain/charge';
import { instantOfId } from '../../domain/id-text';
import { trustedApiKeyId, trustedTransactionId } from '../../domain/ids';
import type { PortalTransaction, TransactionConditions } from '../../domain/ports/portal';
import { dayOrInstant, modelId, nonNegativeNano, text } from '../fields';
import type { PortalContext } from './context';
import { presentTransaction, type TransactionView } from './transaction-view';

/** What a tenant can look for in its ledger; every part may be left out. */
export const transactionFilter = z.object({
  status: z.enum(TRANSACTION_STATUSES).optional(),
  kind: z.enum(TRANSACTION_KINDS).optional(),
  keyId: z.uuid().optional(),
  model: modelId.optional(),
  /** By the time of the request; `from` is included, `to` is not. */
  from: dayOrInstant.optional(),
  to: dayOrInstant.optional(),
  /** Of what a row moves, whichever way; both included. */
  amountMin: nonNegativeNano.optional(),
  amountMax: nonNegativeNano.optional(),
  /** A trace id, or the beginning of some. */
  traceId: z.string().trim().pipe(text(128)).optional(),
});
type TransactionFilter = z.output<typeof transactionFilter>;

export const listTransactionsInput = transactionFilter.extend({
  cursor: z.uuid().optional(),
  limit: z.number().int().min(1).max(100).default(25),
});

export interface TransactionPage {
  /** Newest first; one whose trace id is the very one asked for comes before all. */
  readonly items: readonly TransactionView[];
  /** Asks for what comes after; null at the end. */
  readonly nextCursor: string | null;
  /**
   * Set where the answer went no further than to this instant, since few rows meet the conditions: then
   * the page may be short, and `nextCursor` searches on from there.
   */
  readonly searchedTo: string | null;
}

/** One page of the tenant's ledger. Every page comes soon, however rare what is looked for. */
export async function listTransactions({
  ctx,
  input,
}: {
  ctx: PortalContext;
  input: z.output<typeof listTransactionsInput>;
}): Promise<TransactionPage> {
  const { cursor, limit, ...filter } = input;
  const before = cursor === undefined ? null : trustedTransactionId(cursor);
  const [exact, { rows, searchedTo }] = await Promise.all([
    before === null ? findExact(ctx, filter) : [],
    ctx.portal.transactions(ctx.tenantId, { ...conditionsOf(filter), before, limit: limit + 1 }),
  ]);
  const page = rows.slice(0, limit);
  const next = rows.length > limit ? page.at(-1)?.id : searchedTo;
  return {
    items: [...exact, ...page].map(presentTransaction),
    nextCursor: next ?? null,
    searchedTo: searchedTo === null ? null : instantOfId(searchedTo).toISOString(),
  };
}

/** The row of the very trace id asked for, where it meets the other conditions too. */
async function findExact(
  ctx: PortalContext,
  filter: TransactionFilter,
): Promise<readonly PortalTransaction[]> {
  const { traceId } = filter;
  if (traceId === undefined) return [];
  const trace = { text: traceId, match: 'exact' } as const;
  const query = { ...conditionsOf(filter), trace, before: null, limit: 1 };
  return (await ctx.portal.transactions(ctx.tenantId, query)).rows;
}

const BATCH = 1_000;

/**
 * All rows that a filter lets through, newest first, in batches that are read as they are taken. Each
 * row comes once; what is written meanwhile is newer than the first, and left out.
 */
export async function* everyTransaction(
  ctx: PortalContext,
  filter: TransactionFilter,
): AsyncGenerator<readonly PortalTransaction[]> {
  yield await findExact(ctx, filter);
  let before = null;
  do {
    const query = { ...conditionsOf(filter), before, limit: BATCH };
    const { rows, searchedTo } = await ctx.portal.transactions(ctx.tenantId, query);
    yield rows;
    before = rows.length === BATCH ? (rows.at(-1)?.id ?? null) : searchedTo;
  } while (before !== null);
}

const conditionsOf = (filter: TransactionFilter): TransactionConditions => ({
  status: filter.status ?? null,
  kind: filter.kind ?? null,
  keyId: filter.keyId === undefined ? null : trustedApiKeyId(filter.keyId),
  model: filter.model ?? null,
  from: filter.from ?? null,
  to: filter.to ?? null,
  amountMin: filter.amountMin ?? null,
  amountMax: filter.amountMax ?? null,
  trace: filter.traceId === undefined ? null : { text: filter.traceId, match: 'longer' },
});
