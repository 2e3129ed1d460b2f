import type { OpenCharge } from '@/server/domain/charge';
import { formatPrice } from '@/server/domain/pricing';
import type { Tx } from './client';

/**
 * Writes the PENDING row: inserts it, or re-opens the VOIDED row of the same body and key as the
 * next attempt. False when the trace belongs to something else; then nothing was written.
 */
export async function openRow(sql: Tx, charge: OpenCharge, leaseMs: number): Promise<boolean> {
  const rows = await (charge.attempt === 1
    ? insertRow(sql, charge, leaseMs)
    : reopenRow(sql, charge, leaseMs));
  return rows.length === 1;
}

const cachedPrice = (charge: OpenCharge): string | null =>
  charge.price.cachedInput === null ? null : formatPrice(charge.price.cachedInput);

const insertRow = (sql: Tx, charge: OpenCharge, leaseMs: number) => sql`
  insert into billing_transaction (
    id, tenant_id, api_key_id, trace_id, kind, status, is_stream, endpoint, model,
    input_tokens, counted_input_tokens, attempt, hold, hold_tokens,
    input_price, output_price, cached_input_price, day, month, admitted_by, owner,
    lease_expires_at, trace_named, body_hash)
  values (
    ${charge.transactionId}, ${charge.tenantId}, ${charge.keyId}, ${charge.traceId}, 'charge',
    'PENDING', ${charge.isStream}, ${charge.endpoint}, ${charge.model},
    ${charge.countedInputTokens}, ${charge.countedInputTokens}, ${charge.attempt},
    ${String(charge.heldNano)}, ${charge.heldTokens}, ${formatPrice(charge.price.input)},
    ${formatPrice(charge.price.output)}, ${cachedPrice(charge)}, ${charge.day}, ${charge.month},
    ${charge.admittedBy}, ${charge.owner},
    clock_timestamp() + ${leaseMs} * interval '1 millisecond', ${charge.traceNamed},
    ${charge.bodyHash})
  on conflict do nothing
  returning id`;

const reopenRow = (sql: Tx, charge: OpenCharge, leaseMs: number) => sql`
  update billing_transaction set
    status = 'PENDING', attempt = ${charge.attempt}, finish = null, amount = 0,
    is_stream = ${charge.isStream}, model = ${charge.model}, upstream = null,
    input_tokens = ${charge.countedInputTokens}, output_tokens = 0, cached_tokens = 0,
    reasoning_tokens = 0, counted_input_tokens = ${charge.countedInputTokens},
    counted_output_tokens = null, reported_input_tokens = null, reported_output_tokens = null,
    usage_source = null, usage_anomaly = null, upstream_ms = null, first_byte_ms = null,
    duration_ms = null,
    hold = ${String(charge.heldNano)}, hold_tokens = ${charge.heldTokens},
    input_price = ${formatPrice(charge.price.input)},
    output_price = ${formatPrice(charge.price.output)},
    cached_input_price = ${cachedPrice(charge)}, day = ${charge.day}, month = ${charge.month},
    admitted_by = ${charge.admittedBy}, owner = ${charge.owner},
    lease_expires_at = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
  where id = ${charge.transactionId} and tenant_id = ${charge.tenantId} and status = 'VOIDED'
    and attempt = ${charge.attempt - 1} and body_hash = ${charge.bodyHash}
    and api_key_id = ${charge.keyId}
  returning id`;
