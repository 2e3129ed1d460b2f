import type { Endpoint } from '@/server/domain/charge';
import {
  operationId,
  trustedApiKeyId,
  trustedTenantId,
  trustedTraceId,
  trustedTransactionId,
} from '@/server/domain/ids';
import { trustedDay, trustedMonth } from '@/server/domain/period';
import type { ExpiredCharge } from '@/server/domain/ports';
import { parsePrice } from '@/server/domain/pricing';
import type { Sql } from './client';

interface ExpiredSqlRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly api_key_id: string;
  readonly trace_id: string;
  readonly trace_named: boolean;
  readonly body_hash: string;
  readonly endpoint: Endpoint;
  readonly is_stream: boolean;
  readonly model: string;
  readonly attempt: number;
  readonly owner: string;
  readonly admitted_by: 'redis' | 'postgres';
  readonly hold: bigint;
  readonly hold_tokens: number;
  readonly day: string;
  readonly month: string;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly counted_input_tokens: number;
  readonly input_price: string;
  readonly output_price: string;
  readonly cached_input_price: string | null;
}

/**
 * A row that a sweeper may end: PENDING, its lease run out by the database's clock and not kept beside
 * a lock, and no operator has to look at it first.
 */
export const isAbandoned = (sql: Sql) => sql`
  status = 'PENDING' and lease_expires_at < clock_timestamp()
    and not exists (
      select 1 from billing_quarantine q
      where q.transaction_id = id and q.attempt = billing_transaction.attempt
        and q.resolution is null)
    and not exists (
      select 1 from billing_kept_lease k
      where k.transaction_id = id and k.attempt = billing_transaction.attempt
        and k.expires_at >= clock_timestamp())`;

/** Abandoned rows; eight sweepers share the work. */
export async function expiredCharges(sql: Sql, limit: number): Promise<ExpiredCharge[]> {
  const rows = await sql<ExpiredSqlRow[]>`
    with forgotten as (delete from billing_kept_lease where expires_at < clock_timestamp())
    select id, tenant_id, api_key_id, trace_id, trace_named, body_hash, endpoint, is_stream, model,
      attempt, owner, admitted_by, hold, hold_tokens, day::text, month::text, input_tokens,
      output_tokens, counted_input_tokens, input_price::text, output_price::text,
      cached_input_price::text
    from billing_transaction
    where ${isAbandoned(sql)}
    order by lease_expires_at limit ${limit} for update skip locked`;
  return rows.map(expiredCharge);
}

const price = (value: string | null): bigint => parsePrice(value ?? '0') ?? 0n;

function expiredCharge(row: ExpiredSqlRow): ExpiredCharge {
  const transactionId = trustedTransactionId(row.id);
  return {
    charge: {
      transactionId,
      tenantId: trustedTenantId(row.tenant_id),
      keyId: trustedApiKeyId(row.api_key_id),
      traceId: trustedTraceId(row.trace_id),
      traceNamed: row.trace_named,
      bodyHash: row.body_hash,
      endpoint: row.endpoint,
      isStream: row.is_stream,
      model: row.model,
      price: {
        input: price(row.input_price),
        output: price(row.output_price),
        cachedInput: row.cached_input_price === null ? null : price(row.cached_input_price),
      },
      attempt: row.attempt,
      operationId: operationId(transactionId, row.attempt),
      owner: row.owner,
      admittedBy: row.admitted_by,
      heldNano: row.hold,
      heldTokens: row.hold_tokens,
      day: trustedDay(row.day),
      month: trustedMonth(row.month),
      countedInputTokens: row.counted_input_tokens,
    },
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
  };
}
