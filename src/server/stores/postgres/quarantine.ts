import { type OperationId, operationId, trustedTransactionId } from '@/server/domain/ids';
import type { Quarantine, QuarantinedSettlement } from '@/server/domain/ports';
import { decodeSettlement, encodeSettlement } from '@/server/stores/spool/settlement-record';
import type { Sql } from './client';
import { guarded } from './failure';

interface QuarantineSqlRow {
  readonly transaction_id: string;
  readonly attempt: number;
  readonly settlement: string;
  readonly reason: string;
  readonly tries: number;
  readonly created_at: Date;
}

/** The quarantine as a table beside the ledger. Throws LedgerUnavailable. */
export function createPostgresQuarantine(sql: Sql): Quarantine {
  const columns = sql`transaction_id, attempt, settlement::text, reason, tries, created_at`;
  return {
    put: (settlement, reason) =>
      guarded(async () => {
        const { charge } = settlement;
        await sql`
          insert into billing_quarantine (
            transaction_id, attempt, tenant_id, trace_id, settlement, reason)
          values (${charge.transactionId}, ${charge.attempt}, ${charge.tenantId},
            ${charge.traceId}, ${encodeSettlement(settlement)}::text::jsonb, ${reason})
          on conflict (transaction_id, attempt) do update set
            tries = billing_quarantine.tries + 1, reason = excluded.reason,
            settlement = case
              when billing_quarantine.resolution is null
                and (excluded.settlement ->> 'onlyIfExpired')::boolean
              then billing_quarantine.settlement else excluded.settlement end,
            resolution = null, resolved_at = null`;
      }),
    list: (limit) =>
      guarded(async () => {
        const rows = await sql<QuarantineSqlRow[]>`
          select ${columns} from billing_quarantine where resolution is null
          order by created_at limit ${limit}`;
        return rows.map(quarantined);
      }),
    find: (id) =>
      guarded(async () => {
        const at = split(id);
        const [row] = await sql<QuarantineSqlRow[]>`
          select ${columns} from billing_quarantine
          where transaction_id = ${at.transactionId} and attempt = ${at.attempt}
            and resolution is null`;
        return row === undefined ? null : quarantined(row);
      }),
    resolve: (id, resolution) =>
      guarded(async () => {
        const at = split(id);
        const rows = await sql`
          update billing_quarantine set resolution = ${resolution}, resolved_at = now()
          where transaction_id = ${at.transactionId} and attempt = ${at.attempt}
            and resolution is null
          returning 1`;
        return rows.length === 1;
      }),
    waiting: () =>
      guarded(async () => {
        const [row] = await sql<{ waiting: number }[]>`
          select count(*)::int as waiting from billing_quarantine where resolution is null`;
        return row?.waiting ?? 0;
      }),
  };
}

function split(id: OperationId): { transactionId: string; attempt: number } {
  const at = id.lastIndexOf(':');
  return { transactionId: id.slice(0, at), attempt: Number(id.slice(at + 1)) };
}

const quarantined = (row: QuarantineSqlRow): QuarantinedSettlement => ({
  operationId: operationId(trustedTransactionId(row.transaction_id), row.attempt),
  settlement: decodeSettlement(row.settlement),
  reason: row.reason,
  tries: row.tries,
  createdAt: row.created_at,
});
