import type { OpenCharge } from '@/server/domain/charge';
import { trustedApiKeyId, trustedTransactionId } from '@/server/domain/ids';
import type { Checkpoint, Grip, Ledger, OpenRowReply, TraceRecord } from '@/server/domain/ports';
import { isLedgerUnavailable, LedgerUnavailable } from '@/server/domain/unavailable';
import type { Sql } from './client';
import { expiredCharges } from './expired';
import { guarded, isLockTimeout } from './failure';
import { GroupCommit } from './group-commit';
import { openRow } from './open-row';
import { settleBatch } from './settle-batch';
import { createSettleLanes } from './settle-lanes';
import { readSnapshot } from './snapshot';

const CHECKPOINT_BATCH_MAX = 500;

/** The ledger on Postgres. Every method throws LedgerUnavailable when the server is away. */
export function createPostgresLedger(sql: Sql): Ledger {
  const settle = createSettleLanes((items) => guarded(() => settleBatch(sql, items)));
  const checkpoints = new GroupCommit<Checkpoint, Grip>({
    flush: (items) => guarded(() => writeCheckpoints(sql, items)),
    batchMax: CHECKPOINT_BATCH_MAX,
    subjectOf: ({ charge }) => charge.transactionId,
    isItemFault: (error) => !isLedgerUnavailable(error),
  });
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
    checkpoint: (checkpoint) => checkpoints.add(checkpoint),
    renew: (charges, leaseMs) => guarded(() => renewLeases(sql, charges, leaseMs)),
    settle: (settlement) =>
      settle(settlement).catch((error: unknown) => {
        throw isLockTimeout(error) ? new LedgerUnavailable(error) : error;
      }),
    snapshot: (tenantId) => guarded(() => readSnapshot(sql, tenantId)),
    upForMs: () =>
      guarded(async () => {
        const [row] = await sql<{ up_ms: number }[]>`
          select (extract(epoch from clock_timestamp() - pg_postmaster_start_time()) * 1000)::float8
            as up_ms`;
        return row?.up_ms ?? 0;
      }),
    expired: (limit) => guarded(() => expiredCharges(sql, limit)),
    withoutPendingRow: (operations) =>
      guarded(async () => {
        const ids = operations.map((operation) => operation.slice(0, operation.indexOf(':')));
        const rows = await sql<{ operation: string }[]>`
          select id || ':' || attempt as operation from billing_transaction
          where id = any(${ids}::uuid[]) and status = 'PENDING'
          union all
          select transaction_id || ':' || attempt from billing_quarantine
          where transaction_id = any(${ids}::uuid[]) and resolution is null`;
        const pending = new Set(rows.map((row) => row.operation));
        return operations.filter((operation) => !pending.has(operation));
      }),
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

/** Many streams in one statement; rows are locked in order so that batches cannot deadlock. */
async function writeCheckpoints(sql: Sql, items: readonly Checkpoint[]): Promise<Grip[]> {
  const records = items.map(({ charge, ...checkpoint }) => ({
    id: charge.transactionId,
    attempt: charge.attempt,
    owner: charge.owner,
    hold: String(checkpoint.heldNano),
    hold_tokens: checkpoint.heldTokens,
    input_tokens: checkpoint.inputTokens,
    output_tokens: checkpoint.outputTokens,
    lease_ms: checkpoint.leaseMs,
  }));
  const rows = await sql<{ id: string }[]>`
    with input as (
      select * from jsonb_to_recordset(${sql.json(records)}) as i(
        id uuid, attempt int, owner text, hold bigint, hold_tokens int,
        input_tokens int, output_tokens int, lease_ms int)
    ), locked as (
      select t.id from billing_transaction t join input i on i.id = t.id order by t.id for update of t
    )
    update billing_transaction t set
      hold = greatest(t.hold, i.hold), hold_tokens = greatest(t.hold_tokens, i.hold_tokens),
      input_tokens = i.input_tokens, output_tokens = greatest(t.output_tokens, i.output_tokens),
      lease_expires_at = clock_timestamp() + i.lease_ms * interval '1 millisecond'
    from input i join locked l on l.id = i.id
    where t.id = i.id and t.status = 'PENDING' and t.attempt = i.attempt and t.owner = i.owner
    returning t.id`;
  const held = new Set(rows.map((row) => row.id));
  return items.map(({ charge }) => (held.has(charge.transactionId) ? 'held' : 'lost'));
}

async function renewLeases(
  sql: Sql,
  charges: readonly OpenCharge[],
  leaseMs: number,
): Promise<Grip[]> {
  if (charges.length === 0) return [];
  const records = charges.map((charge) => ({
    id: charge.transactionId,
    attempt: charge.attempt,
    owner: charge.owner,
  }));
  const rows = await sql<{ id: string }[]>`
    with input as (
      select * from jsonb_to_recordset(${sql.json(records)}) as i(id uuid, attempt int, owner text)
    ), locked as (
      select t.id from billing_transaction t join input i on i.id = t.id order by t.id for update of t
    )
    update billing_transaction t
    set lease_expires_at = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
    from input i join locked l on l.id = i.id
    where t.id = i.id and t.status = 'PENDING' and t.attempt = i.attempt and t.owner = i.owner
    returning t.id`;
  const held = new Set(rows.map((row) => row.id));
  return charges.map(({ transactionId }) => (held.has(transactionId) ? 'held' : 'lost'));
}
