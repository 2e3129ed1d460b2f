import { z } from 'zod';
import { TallygateError } from '../../domain/errors';
import { parseTenantId, parseTraceId } from '../../domain/ids';
import type { Repositories, TransactionRecord } from '../../domain/ports/repositories';
import { presentTransaction, type TransactionView } from '../../domain/receipt';
import { auditEntry } from '../audit-entry';
import type { Call } from '../context';
import { nano, requiredOr, text } from '../fields';
import { notFound, requireOperator } from '../permission';
import { type BookedCredit, bookCredit, type Credit } from './book';

const KINDS = ['topup', 'adjustment', 'refund'] as const;

export const traceIdField = z
  .string({ error: requiredOr('must be 1 to 128 of A-Z a-z 0-9 . _ : -') })
  .meta({ pattern: '^[A-Za-z0-9._:-]{1,128}$' })
  .transform((value, ctx) => {
    const parsed = parseTraceId(value);
    if (parsed !== null) return parsed;
    ctx.addIssue({ code: 'custom', message: 'must be 1 to 128 of A-Z a-z 0-9 . _ : -' });
    return z.NEVER;
  });

export const createCreditInput = z
  .strictObject({
    tenantId: z.string(),
    amount: nano,
    kind: z.enum(KINDS, { error: requiredOr(`must be one of ${KINDS.join(', ')}`) }),
    traceId: traceIdField,
    note: text(1000).nullable().optional(),
    refundOf: traceIdField.nullable().optional().meta({
      description:
        'A refund’s charge, by its trace id; all refunds of it give back its amount at most.',
    }),
  })
  .refine((credit) => credit.amount > 0n || (credit.kind === 'adjustment' && credit.amount < 0n), {
    path: ['amount'],
    message: 'must be positive; only an adjustment may be negative, and none may be zero',
  })
  .refine((credit) => credit.kind === 'refund' || (credit.refundOf ?? null) === null, {
    path: ['refundOf'],
    message: 'is for a refund only',
  });

/**
 * Moves a tenant's balance by one ledger row, once per trace id: the same credit again gets the
 * first one's answer, any other use of the trace id is a conflict.
 */
export async function createCredit({
  ctx,
  input,
}: Call<z.output<typeof createCreditInput>>): Promise<TransactionView> {
  requireOperator(ctx);
  const tenantId = parseTenantId(input.tenantId);
  if (tenantId === null) throw notFound('tenant');
  const credit: Credit = {
    tenantId,
    traceId: input.traceId,
    kind: input.kind,
    amountNano: input.amount,
    note: input.note ?? null,
    refundOf: input.refundOf ?? null,
  };
  const { record, quota } = await ctx.unitOfWork.transact(async (tx) => {
    const booked = await bookCredit(tx, credit);
    if (booked === null) return repeated(tx, credit);
    await tx.auditLog.append(
      auditEntry(ctx, {
        tenantId,
        action: `credit.${credit.kind}`,
        target: booked.record.id,
        after: presentTransaction(booked.record),
      }),
    );
    return booked;
  });
  // Told again for a repeat as well: the first caller may have died before it could.
  await ctx.feed.quotaChanged(quota, []);
  return presentTransaction(record);
}

async function repeated(tx: Repositories, credit: Credit): Promise<BookedCredit> {
  const record = await tx.transactions.findByTrace(credit.tenantId, credit.traceId);
  const standing = await tx.tenants.standing(credit.tenantId);
  if (record === null || standing === null || !isSameCredit(record, credit)) {
    throw new TallygateError(
      'conflict',
      `The trace id ${credit.traceId} was used for something else. Choose another for this credit.`,
      { param: 'traceId' },
    );
  }
  return { record, quota: standing.quota };
}

const isSameCredit = (record: TransactionRecord, credit: Credit): boolean =>
  record.kind === credit.kind &&
  record.amountNano === credit.amountNano &&
  record.refundOf === credit.refundOf;
