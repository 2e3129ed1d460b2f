import type { Receipt, TransactionRecord } from './ports/repositories';
import { formatPrice, parsePrice } from './pricing';

/**
 * A ledger row as operators and its own tenant see it: money in strings of nano-USD. Field by field,
 * so that a new column is not shown by accident.
 */
export const presentTransaction = (record: TransactionRecord) => ({
  id: record.id,
  tenantId: record.tenantId,
  traceId: record.traceId,
  apiKeyId: record.apiKeyId,
  kind: record.kind,
  status: record.status,
  isStream: record.isStream,
  endpoint: record.endpoint,
  model: record.model,
  upstream: record.upstream,
  inputTokens: record.inputTokens,
  outputTokens: record.outputTokens,
  cachedTokens: record.cachedTokens,
  reasoningTokens: record.reasoningTokens,
  usageSource: record.usageSource,
  usageAnomaly: record.usageAnomaly,
  countedInputTokens: record.countedInputTokens,
  countedOutputTokens: record.countedOutputTokens,
  reportedInputTokens: record.reportedInputTokens,
  reportedOutputTokens: record.reportedOutputTokens,
  attempt: record.attempt,
  amount: String(record.amountNano),
  balanceAfter: record.balanceAfterNano === null ? null : String(record.balanceAfterNano),
  hold: String(record.holdNano),
  inputPrice: presentPrice(record.inputPrice),
  outputPrice: presentPrice(record.outputPrice),
  cachedInputPrice: presentPrice(record.cachedInputPrice),
  finish: record.finish,
  upstreamMs: record.upstreamMs,
  firstByteMs: record.firstByteMs,
  durationMs: record.durationMs,
  note: record.note,
  refundOf: record.refundOf,
  createdAt: record.createdAt.toISOString(),
  committedAt: record.committedAt?.toISOString() ?? null,
});
export type TransactionView = ReturnType<typeof presentTransaction>;

/** The whole receipt: the row, and what of a charge has been given back since. */
export const presentReceipt = ({ record, refunds }: Receipt) => ({
  ...presentTransaction(record),
  refundedAmount: String(refundedNano(refunds)),
  refunds: refunds.map((refund) => ({
    traceId: refund.traceId,
    amount: String(refund.amountNano),
    note: refund.note,
    createdAt: refund.createdAt.toISOString(),
  })),
});
export type ReceiptView = ReturnType<typeof presentReceipt>;

export const refundedNano = (refunds: readonly TransactionRecord[]): bigint =>
  refunds.reduce((sum, refund) => sum + refund.amountNano, 0n);

function presentPrice(price: string | null): string | null {
  const parsed = price === null ? null : parsePrice(price);
  return parsed === null ? null : formatPrice(parsed);
}
