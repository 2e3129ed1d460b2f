import type { OperationId } from '@/server/domain/ids';
import type { Sql } from './client';

/** Which of these operations nothing waits for: no PENDING row of their attempt, no quarantine. */
export async function nothingPending(
  sql: Sql,
  operations: readonly OperationId[],
): Promise<readonly OperationId[]> {
  if (operations.length === 0) return [];
  const ids = operations.map((operation) => operation.slice(0, operation.indexOf(':')));
  const rows = await sql<{ operation: string }[]>`
    select id || ':' || attempt as operation from billing_transaction
    where id = any(${ids}::uuid[]) and status = 'PENDING'
    union all
    select transaction_id || ':' || attempt from billing_quarantine
    where transaction_id = any(${ids}::uuid[]) and resolution is null`;
  const pending = new Set(rows.map((row) => row.operation));
  return operations.filter((operation) => !pending.has(operation));
}
