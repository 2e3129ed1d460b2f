import { z } from 'zod';
import { TRANSACTION_KINDS, TRANSACTION_STATUSES } from '../../domain/charge';
import { parseTenantId, trustedTransactionId } from '../../domain/ids';
import { presentTransaction } from '../../domain/receipt';
import type { Call } from '../context';
import { dayOrInstant, modelId, text } from '../fields';
import { notFound, requireTenant } from '../permission';
import { transactionView } from './view';

const LIMIT_MAX = 200;
const LIMIT_DEFAULT = 50;
const limitText = 'must be a whole number from 1';

export const listTransactionsInput = z.strictObject({
  tenantId: z.string(),
  cursor: z.uuid('must be a nextCursor of an earlier page').optional(),
  limit: z
    .union(
      [
        z.int(),
        z
          .string()
          .regex(/^\d{1,9}$/)
          .transform(Number),
      ],
      { error: limitText },
    )
    .refine((value) => value >= 1, limitText)
    .transform((value) => Math.min(value, LIMIT_MAX))
    .default(LIMIT_DEFAULT)
    .meta({ description: `Rows a page, at most ${LIMIT_MAX}.` }),
  kind: z
    .enum(TRANSACTION_KINDS, { error: `must be one of ${TRANSACTION_KINDS.join(', ')}` })
    .optional(),
  status: z
    .enum(TRANSACTION_STATUSES, { error: `must be one of ${TRANSACTION_STATUSES.join(', ')}` })
    .optional(),
  from: dayOrInstant.optional(),
  to: dayOrInstant.optional(),
  model: modelId.optional(),
  traceId: text(128).optional(),
});

export const transactionPage = z.object({
  items: z.array(transactionView),
  nextCursor: z.string().nullable().meta({ description: 'Asks for older rows; null at the end.' }),
});

/** One page of a tenant's ledger, newest first; `from` is included, `to` is not. */
export async function listTransactions({
  ctx,
  input,
}: Call<z.output<typeof listTransactionsInput>>): Promise<z.output<typeof transactionPage>> {
  const tenantId = parseTenantId(input.tenantId);
  if (tenantId === null) throw notFound('tenant');
  requireTenant(ctx, tenantId, 'tenant.read');
  const rows = await ctx.unitOfWork.transact(async (tx) => {
    if ((await tx.tenants.standing(tenantId)) === null) throw notFound('tenant');
    return tx.transactions.list(tenantId, {
      before: input.cursor === undefined ? null : trustedTransactionId(input.cursor),
      limit: input.limit + 1,
      kind: input.kind ?? null,
      status: input.status ?? null,
      from: input.from ?? null,
      to: input.to ?? null,
      model: input.model ?? null,
      traceId: input.traceId ?? null,
    });
  });
  const page = rows.slice(0, input.limit);
  return {
    items: page.map(presentTransaction),
    nextCursor: rows.length > input.limit ? (page.at(-1)?.id ?? null) : null,
  };
}
