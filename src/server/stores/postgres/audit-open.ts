import { trustedTenantId } from '@/server/domain/ids';
import type { Tally } from './audit-tally';
import type { Sql, Tx } from './client';

/** A lease may run out unnoticed for as long as the sweeper needs. */
const SWEEP_GRACE_SECONDS = 90;
/** What is open is little, unless nobody sweeps: then a part of it tells enough. */
const NAMED_MAX = 1_000;

interface OpenSqlRow {
  readonly tenant_id: string;
  readonly trace_id: string;
  readonly why: string;
}

/**
 * Holds that nobody ended in time, and settlements that nobody resolved: both are found by partial
 * indexes over what is open, whatever the ledger's size.
 */
export async function auditOpen(
  sql: Sql,
  abandoned: Tally,
  quarantined: Tally,
  timeoutMs: number,
): Promise<void> {
  await sql.begin('isolation level repeatable read read only', async (tx) => {
    await tx`select set_config('statement_timeout', ${String(timeoutMs)}, true)`;
    abandoned.look(await countOf(tx, tx`billing_transaction where status = 'PENDING'`));
    for (const row of await abandonedHolds(tx)) tell(abandoned, row, 'a lease that lasts');
    quarantined.look(await countOf(tx, tx`billing_quarantine where resolution is null`));
    for (const row of await inQuarantine(tx)) tell(quarantined, row, 'booked');
  });
}

const tell = (tally: Tally, row: OpenSqlRow, expected: string) =>
  tally.violate({
    tenantId: trustedTenantId(row.tenant_id),
    subject: row.trace_id,
    expected,
    found: row.why,
  });

async function countOf(tx: Tx, from: ReturnType<Tx>): Promise<number> {
  const [row] = await tx<{ count: number }[]>`select count(*)::float8 as count from ${from}`;
  return row?.count ?? 0;
}

const abandonedHolds = (tx: Tx) => tx<OpenSqlRow[]>`
  select tenant_id, trace_id,
    'PENDING, its lease ended ' || coalesce(lease_expires_at::text, 'before it began') as why
  from billing_transaction
  where status = 'PENDING' and (lease_expires_at is null
    or lease_expires_at + make_interval(secs => ${SWEEP_GRACE_SECONDS}) < clock_timestamp())
  order by tenant_id, trace_id limit ${NAMED_MAX}`;

const inQuarantine = (tx: Tx) => tx<OpenSqlRow[]>`
  select tenant_id, trace_id, 'refused: ' || reason as why from billing_quarantine
  where resolution is null order by tenant_id, trace_id limit ${NAMED_MAX}`;
