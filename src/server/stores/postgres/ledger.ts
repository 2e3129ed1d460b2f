import { trustedApiKeyId, trustedTransactionId } from '@/server/domain/ids';
import type { Ledger, OpenRowReply, TraceRecord } from '@/server/domain/ports';
import { burnAttempt, rowStates } from './attempts';
import { createCheckpointLane } from './checkpoint-lane';
import type { Sql } from './client';
import { expiredCharges } from './expired';
import { guarded } from './failure';
import { renewLeases, writeCheckpoints } from './leases';
import { openRow } from './open-row';
import { nothingPending } from './pending';
import { settleBatch } from './settle-batch';
import { createSettleLanes } from './settle-lanes';
import { readSnapshot, readSnapshots } from './snapshot';
import { watchYoungLedger } from './young-ledger';

/** The ledger on Postgres. Every method throws LedgerUnavailable when the server is away. */
export function createPostgresLedger(sql: Sql): Ledger {
  const hasGrown = watchYoungLedger(sql);
  const settle = createSettleLanes(async (items) => {
    const replies = await guarded(() => settleBatch(sql, items));
    hasGrown(items.length);
    return replies;
  });
  const checkpoint = createCheckpointLane((items) => guarded(() => writeCheckpoints(sql, items)));
  return {
    findTrace: (tenantId, traceId) =>
      guarded(async () => {
        const [row] = await sql<TraceSqlRow[]>`
          select id, status, attempt, body_hash, api_key_id, is_stream from billing_transaction
          where tenant_id = ${tenantId} and trace_id = ${traceId}`;
        return row === undefined ? null : traceRecord(row);
      }),
    openRow: (charge, leaseMs): Promise<OpenRowReply> =>
      guarded(async () => {
        if (await openRow(sql, charge, leaseMs)) return { kind: 'opened' };
        const [row] = await sql<TraceSqlRow[]>`
          select id, status, attempt, body_hash, api_key_id, is_stream from billing_transaction
          where tenant_id = ${charge.tenantId} and trace_id = ${charge.traceId}`;
        if (row === undefined) throw new Error('A trace was refused and yet is not there');
        return { kind: 'taken', record: traceRecord(row) };
      }),
    rowStates: (charges) => guarded(() => rowStates(sql, charges)),
    burnAttempt: (transactionId, attempt) =>
      guarded(() => burnAttempt(sql, transactionId, attempt)),
    checkpoint,
    renew: (charges, leaseMs) => guarded(() => renewLeases(sql, charges, leaseMs)),
    settle,
    snapshots: (tenantIds) => guarded(() => readSnapshots(sql, tenantIds)),
    snapshot: (tenantId) => guarded(() => readSnapshot(sql, tenantId)),
    upForMs: () =>
      guarded(async () => {
        const [row] = await sql<{ up_ms: number }[]>`
          select (extract(epoch from clock_timestamp() - pg_postmaster_start_time()) * 1000)::float8
            as up_ms`;
        return row?.up_ms ?? 0;
      }),
    expired: (limit) => guarded(() => expiredCharges(sql, limit)),
    withoutPendingRow: (operations) => guarded(() => nothingPending(sql, operations)),
  };
}

interface TraceSqlRow {
  readonly id: string;
  readonly status: 'PENDING' | 'COMMITTED' | 'VOIDED';
  readonly attempt: number;
  readonly body_hash: string | null;
  readonly api_key_id: string | null;
  readonly is_stream: boolean;
}

const traceRecord = (row: TraceSqlRow): TraceRecord => ({
  transactionId: trustedTransactionId(row.id),
  status: row.status,
  attempt: row.attempt,
  bodyHash: row.body_hash,
  keyId: row.api_key_id === null ? null : trustedApiKeyId(row.api_key_id),
  isStream: row.is_stream,
});
