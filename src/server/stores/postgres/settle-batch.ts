import type { Settlement } from '@/server/domain/charge';
import type { SettleReply } from '@/server/domain/ports';
import { formatPrice } from '@/server/domain/pricing';
import type { Sql } from './client';
import { type KeyQuotaJson, keyQuotaRows, type QuotaSqlRow, quotaRow } from './rows';
import { SETTLE } from './settle-function';

/** One settlement as the statement below reads it; jsonb keeps every digit of a string. */
function record(settlement: Settlement, ordinal: number) {
  const { charge, outcome, timings } = settlement;
  const committed = outcome.status === 'COMMITTED' ? outcome : null;
  const usage = committed?.usage ?? null;
  return {
    ordinal,
    is_insert: settlement.write === 'insert',
    only_if_expired: settlement.onlyIfExpired,
    answer_left: settlement.answerLeft,
    id: charge.transactionId,
    tenant_id: charge.tenantId,
    api_key_id: charge.keyId,
    trace_id: charge.traceId,
    attempt: charge.attempt,
    owner: charge.owner,
    status: outcome.status,
    finish: outcome.status === 'COMMITTED' ? outcome.finish : outcome.reason,
    amount: String(committed?.amountNano ?? 0n),
    day: charge.day,
    month: charge.month,
    is_stream: charge.isStream,
    endpoint: charge.endpoint,
    model: charge.model,
    hold: String(charge.heldNano),
    hold_tokens: charge.heldTokens,
    input_price: formatPrice(charge.price.input),
    output_price: formatPrice(charge.price.output),
    cached_input_price:
      charge.price.cachedInput === null ? null : formatPrice(charge.price.cachedInput),
    admitted_by: charge.admittedBy,
    trace_named: charge.traceNamed,
    body_hash: charge.bodyHash,
    input_tokens: usage?.billed.inputTokens ?? 0,
    output_tokens: usage?.billed.outputTokens ?? 0,
    cached_tokens: usage?.billed.cachedTokens ?? 0,
    reasoning_tokens: usage?.billed.reasoningTokens ?? 0,
    usage_source: usage?.source ?? null,
    usage_anomaly: usage?.anomaly ?? null,
    counted_input_tokens: charge.countedInputTokens,
    counted_output_tokens: usage?.countedOutputTokens ?? null,
    reported_input_tokens: usage?.reportedInputTokens ?? null,
    reported_output_tokens: usage?.reportedOutputTokens ?? null,
    upstream: timings.upstream,
    upstream_ms: timings.upstreamMs,
    first_byte_ms: timings.firstByteMs,
    duration_ms: timings.durationMs,
  };
}

interface ResultRow extends QuotaSqlRow {
  readonly ordinal: number;
  readonly is_settled: boolean;
  readonly is_late: boolean;
  readonly is_open: boolean;
  readonly balance_after: bigint | null;
  readonly key_quotas: readonly KeyQuotaJson[] | null;
}

/**
 * Settles a batch in one transaction, which is one statement for the client: see `settle-function.ts`.
 * Throws Postgres's own error, 55P03, where a row stays locked.
 */
export async function settleBatch(
  sql: Sql,
  settlements: readonly Settlement[],
): Promise<readonly SettleReply[]> {
  const rows = await sql.unsafe<ResultRow[]>(CALL, [sql.json(settlements.map(record))], {
    prepare: true,
  });
  const byOrdinal = new Map(rows.map((row) => [row.ordinal, row]));
  return settlements.map((_, ordinal) => {
    const row = byOrdinal.get(ordinal);
    if (row === undefined) throw new Error('A settlement names a tenant without a quota row');
    const quota = quotaRow(row);
    const keyQuotas = keyQuotaRows(row.key_quotas);
    return row.is_settled
      ? {
          kind: 'settled',
          isLate: row.is_late,
          balanceAfterNano: row.balance_after ?? quota.balanceNano,
          quota,
          keyQuotas,
        }
      : { kind: 'lost', isOpen: row.is_open, quota, keyQuotas };
  });
}

const CALL = `select * from ${SETTLE.name}($1)`;
