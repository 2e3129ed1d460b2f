import type { OpenCharge } from '@/server/domain/charge';
import type { TransactionId } from '@/server/domain/ids';
import type { RowState } from '@/server/domain/ports';
import type { Sql } from './client';

/** Where attempts stand that may or may not have been opened. Waits for no lock. */
export async function rowStates(
  sql: Sql,
  charges: readonly OpenCharge[],
): Promise<readonly RowState[]> {
  if (charges.length === 0) return [];
  const records = charges.map((charge, ordinal) => ({
    ordinal,
    id: charge.transactionId,
    tenant_id: charge.tenantId,
    trace_id: charge.traceId,
    attempt: charge.attempt,
    owner: charge.owner,
  }));
  const rows = await sql<{ state: RowState }[]>`
    select case
      when t.id is null then 'absent'
      when t.id = i.id and t.status = 'VOIDED' and t.attempt < i.attempt then 'absent'
      when t.id = i.id and t.status = 'PENDING' and t.attempt = i.attempt and t.owner = i.owner
        then 'open'
      else 'over' end as state
    from jsonb_to_recordset(${sql.json(records)}) as i(
      ordinal int, id uuid, tenant_id uuid, trace_id text, attempt int, owner text)
    left join billing_transaction t on t.tenant_id = i.tenant_id and t.trace_id = i.trace_id
    order by i.ordinal`;
  return rows.map((row) => row.state);
}

/** The row stays VOIDED, and its owner that of the attempt that was really made. */
export async function burnAttempt(
  sql: Sql,
  transactionId: TransactionId,
  attempt: number,
): Promise<void> {
  await sql`
    update billing_transaction set attempt = ${attempt}
    where id = ${transactionId} and status = 'VOIDED' and attempt = ${attempt - 1}`;
}
