import { z } from 'zod';
import { TRANSACTION_KINDS, TRANSACTION_STATUSES } from '../../domain/charge';

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
  amount: z.string().meta({ description: 'What it moves the balance by; 0 until COMMITTED.' }),
  balanceAfter: z.string().nullable(),
  hold: z.string().meta({ description: 'What was set aside for it before it was bought.' }),
  inputPrice: z
    .string()
    .nullable()
    .meta({ description: 'Prices are those of its admission, whatever they are by now.' }),
  outputPrice: z.string().nullable(),
  cachedInputPrice: z.string().nullable(),
  finish: z.string().nullable().meta({ description: 'How it ended, or why it was voided.' }),
  upstreamMs: z.number().nullable(),
  firstByteMs: z.number().nullable(),
  durationMs: z.number().nullable(),
  note: z.string().nullable(),
  refundOf: z.string().nullable().meta({ description: 'The trace id of the refunded charge.' }),
  createdAt: z.string(),
  committedAt: z.string().nullable(),
});

/** The row with the refunds of it. */
export const receiptView = transactionView.extend({
  refundedAmount: z.string().meta({ description: 'What of a charge has been given back so far.' }),
  refunds: z.array(
    z.object({
      traceId: z.string(),
      amount: z.string(),
      note: z.string().nullable(),
      createdAt: z.string(),
    }),
  ),
});
