import type { OpenCharge } from '@/server/domain/charge';
import type { Sql } from '@/server/stores/postgres/client';
import { AMOUNT_NANO } from './charges';

/**
 * A settlement as anyone would write it first: a transaction of its own, sent in one go, that inserts
 * the charge and moves the balance. It judges nothing and keeps less than ours does.
 */
export async function settleEach(sql: Sql, charge: OpenCharge): Promise<void> {
  const { transactionId, tenantId, keyId, traceId, model, day, month } = charge;
  const amount = String(AMOUNT_NANO);
  await sql.begin((tx) => [
    tx`
      insert into billing_transaction (
        id, tenant_id, api_key_id, trace_id, kind, status, model, input_tokens, output_tokens,
        amount, day, month, committed_at)
      values (${transactionId}, ${tenantId}, ${keyId}, ${traceId}, 'charge', 'COMMITTED', ${model},
        9, 100, ${amount}, ${day}, ${month}, now())`,
    tx`
      update tenant_quota set balance = balance - ${amount}, daily_used = daily_used + 1,
        monthly_used = monthly_used + 1
      where tenant_id = ${tenantId}`,
  ]);
}
