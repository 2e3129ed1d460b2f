import { z } from 'zod';
import { TRANSACTION_KINDS, TRANSACTION_STATUSES } from '../../domain/charge';
import type { TransactionRecord } from '../../domain/ports/repositories';
import { formatPrice, parsePrice } from '../../domain/pricing';

/** A row of the ledger. Money is nano-USD in strings; a charge's amount takes from the balance. */
export const transactionView = z.object({
  id: z.string(),
  tenantId: z.string(),
  traceId: z.string(),
  apiKeyId: z.string().nullable(),
  kind: z.enum(TRANSACTION_KINDS),
  status: z.enum(TRANSACTION_STATUSES),
  isStream: z.boolean(),
  endpoint: z.string().nullable(),
  model: z.string().nullable(),
  upstream: z.string().nullable(),
  inputTokens: z.number(),
  outputTokens: z.number(),
  cachedTokens: z.number(),
  reasoningTokens: z.number(),
  usageSource: z.string().nullable(),
  usageAnomaly: z.string().nullable(),
  countedInputTokens: z.number().nullable(),
  countedOutputTokens: z.number().nullable(),
  reportedInputTokens: z.number().nullable(),
  reportedOutputTokens: z.number().nullable(),
  attempt: z.number(),
  amount: z.string(),
  balanceAfter: z.string().nullable(),
  hold: z.string(),
  inputPrice: z.string().nullable(),
  outputPrice: z.string().nullable(),
  cachedInputPrice: z.string().nullable(),
  finish: z.string().nullable(),
  upstreamMs: z.number().nullable(),
  firstByteMs: z.number().nullable(),
  durationMs: z.number().nullable(),
  note: z.string().nullable(),
  createdAt: z.string(),
  committedAt: z.string().nullable(),
});
export type TransactionView = z.output<typeof transactionView>;

function presentPrice(price: string | null): string | null {
  const parsed = price === null ? null : parsePrice(price);
  return parsed === null ? null : formatPrice(parsed);
}

export function presentTransaction(record: TransactionRecord): TransactionView {
  const { amountNano, balanceAfterNano, holdNano, ...rest } = record;
  return {
    ...rest,
    amount: String(amountNano),
    balanceAfter: balanceAfterNano === null ? null : String(balanceAfterNano),
    hold: String(holdNano),
    inputPrice: presentPrice(record.inputPrice),
    outputPrice: presentPrice(record.outputPrice),
    cachedInputPrice: presentPrice(record.cachedInputPrice),
    createdAt: record.createdAt.toISOString(),
    committedAt: record.committedAt?.toISOString() ?? null,
  };
}
