import type { OpenCharge } from '@/server/domain/charge';
import type { Checkpoint, Renewal } from '@/server/domain/ports';
import type { Sql } from './client';

interface GripRow {
  readonly id: string;
  readonly is_held: boolean;
  readonly is_busy: boolean;
}

/** In the charges' order. */
function renewals(
  rows: readonly GripRow[],
  charges: readonly Pick<OpenCharge, 'transactionId'>[],
): Renewal[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return charges.map(({ transactionId }) => {
    const row = byId.get(transactionId);
    if (row?.is_held === true) return 'held';
    return row?.is_busy === true ? 'busy' : 'lost';
  });
}

/** Writes how far many streams have come, in one statement; one whose row is locked is left out. */
export async function writeCheckpoints(
  sql: Sql,
  items: readonly Checkpoint[],
): Promise<readonly Renewal[]> {
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
  const rows = await sql<GripRow[]>`
    with input as (
      select * from jsonb_to_recordset(${sql.json(records)}) as i(
        id uuid, attempt int, owner text, hold bigint, hold_tokens int,
        input_tokens int, output_tokens int, lease_ms int)
    ), locked as (
      select t.id from billing_transaction t join input i on i.id = t.id
      order by t.id for update of t skip locked
    ), written as (
      update billing_transaction t set
        hold = greatest(t.hold, i.hold), hold_tokens = greatest(t.hold_tokens, i.hold_tokens),
        input_tokens = i.input_tokens, output_tokens = greatest(t.output_tokens, i.output_tokens),
        lease_expires_at = clock_timestamp() + i.lease_ms * interval '1 millisecond'
      from input i join locked l on l.id = i.id
      where t.id = i.id and t.status = 'PENDING' and t.attempt = i.attempt and t.owner = i.owner
      returning t.id
    )
    ${gripOfEach(sql)}`;
  return renewals(
    rows,
    items.map(({ charge }) => charge),
  );
}

/**
 * Renews many leases in one statement. One whose row is locked is kept beside it: the owner is alive,
 * and whoever lets the row go must not make it the sweeper's.
 */
export async function renewLeases(
  sql: Sql,
  charges: readonly OpenCharge[],
  leaseMs: number,
): Promise<readonly Renewal[]> {
  if (charges.length === 0) return [];
  const records = charges.map((charge) => ({
    id: charge.transactionId,
    attempt: charge.attempt,
    owner: charge.owner,
  }));
  const rows = await sql<GripRow[]>`
    with input as (
      select * from jsonb_to_recordset(${sql.json(records)}) as i(id uuid, attempt int, owner text)
    ), locked as (
      select t.id from billing_transaction t join input i on i.id = t.id
      order by t.id for update of t skip locked
    ), written as (
      update billing_transaction t
      set lease_expires_at = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
      from input i join locked l on l.id = i.id
      where t.id = i.id and t.status = 'PENDING' and t.attempt = i.attempt and t.owner = i.owner
      returning t.id
    ), kept as (
      insert into billing_kept_lease (transaction_id, attempt, expires_at)
      select i.id, i.attempt, clock_timestamp() + ${leaseMs} * interval '1 millisecond'
      from input i join billing_transaction t on t.id = i.id
      where t.status = 'PENDING' and t.attempt = i.attempt and t.owner = i.owner
        and i.id not in (select id from locked)
      order by i.id
      on conflict (transaction_id) do update
        set attempt = excluded.attempt, expires_at = excluded.expires_at
    )
    ${gripOfEach(sql)}`;
  return renewals(rows, charges);
}

/** What was not locked by us, and was ours when the statement began, may still be ours: busy. */
const gripOfEach = (sql: Sql) => sql`
  select i.id, w.id is not null as is_held,
    l.id is null and coalesce(t.status = 'PENDING' and t.attempt = i.attempt
      and t.owner = i.owner, false) as is_busy
  from input i left join billing_transaction t on t.id = i.id
  left join locked l on l.id = i.id left join written w on w.id = i.id`;
