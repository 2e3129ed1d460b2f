import { trustedTenantId } from '@/server/domain/ids';
import type {
  AuditInvariant,
  AuditReport,
  AuditViolation,
  ReadQuotaHash,
} from '@/server/domain/ports/audit';
import { invariantOf } from './audit-invariant';
import { compareStores } from './audit-stores';
import type { Sql, Tx } from './client';

const VIOLATIONS_MAX = 100;
/** A lease may run out unnoticed for as long as the sweeper needs. */
const SWEEP_GRACE_SECONDS = 90;

interface ViolationRow {
  readonly tenant_id: string;
  readonly subject: string;
  readonly expected: string;
  readonly found: string;
}

interface CheckRow {
  readonly checked: bigint;
  readonly violations: readonly ViolationRow[] | null;
}

/**
 * Checks the ledger's invariants over every tenant in one read-only snapshot, then Redis against
 * Postgres for tenants at rest. Null from `readHash`: that store is away, nothing to compare.
 */
export async function auditLedger(sql: Sql, readHash: ReadQuotaHash): Promise<AuditReport> {
  const ofPostgres = await sql.begin('isolation level repeatable read read only', async (tx) => [
    await check(tx, 'ledger_adds_up', ledgerAddsUp(tx)),
    await check(tx, 'no_abandoned_holds', noAbandonedHolds(tx)),
    await check(tx, 'quarantine_empty', quarantineEmpty(tx)),
    await check(tx, 'daily_use_counted', dailyUseCounted(tx)),
    await check(tx, 'monthly_use_counted', monthlyUseCounted(tx)),
    await check(tx, 'key_quotas_counted', keyQuotasCounted(tx)),
  ]);
  const invariants = [...ofPostgres, await compareStores(sql, readHash)];
  return { ok: invariants.every((invariant) => invariant.ok), invariants };
}

type Query = ReturnType<typeof ledgerAddsUp>;

/** Runs a query of (tenant_id, subject, expected, found) rows; where the last two differ, it fails. */
async function check(tx: Tx, name: string, query: Query): Promise<AuditInvariant> {
  const [row] = await tx<CheckRow[]>`
    with looked_at as materialized (${query}),
    wrong as (
      select * from looked_at where expected is distinct from found
      order by tenant_id, subject limit ${VIOLATIONS_MAX})
    select (select count(*) from looked_at) as checked,
      (select jsonb_agg(wrong) from wrong) as violations`;
  return invariantOf(name, Number(row?.checked ?? 0n), (row?.violations ?? []).map(toViolation));
}

const toViolation = ({ tenant_id, ...row }: ViolationRow): AuditViolation => ({
  tenantId: trustedTenantId(tenant_id),
  ...row,
});

const ledgerAddsUp = (tx: Tx) => tx`
  select q.tenant_id, 'balance' as subject, q.balance::text as found,
    coalesce(sum(case when t.kind = 'charge' then -t.amount else t.amount end), 0)::text as expected
  from tenant_quota q
  left join billing_transaction t on t.tenant_id = q.tenant_id and t.status = 'COMMITTED'
  group by q.tenant_id, q.balance`;

const noAbandonedHolds = (tx: Tx) => tx`
  select t.tenant_id, t.trace_id as subject, 'a lease that lasts' as expected,
    case when t.lease_expires_at + make_interval(secs => ${SWEEP_GRACE_SECONDS})
        >= clock_timestamp() then 'a lease that lasts'
      else 'PENDING, its lease ended ' || coalesce(t.lease_expires_at::text, 'before it began')
    end as found
  from billing_transaction t where t.status = 'PENDING'`;

const quarantineEmpty = (tx: Tx) => tx`
  select q.tenant_id, q.trace_id as subject, 'booked' as expected, 'refused: ' || q.reason as found
  from billing_quarantine q where q.resolution is null`;

const dailyUseCounted = (tx: Tx) => tx`
  select q.tenant_id, 'daily_used on ' || q.daily_date as subject, q.daily_used::text as found,
    count(t.id)::text as expected
  from tenant_quota q
  left join billing_transaction t on t.tenant_id = q.tenant_id and t.kind = 'charge'
    and t.status = 'COMMITTED' and t.day = q.daily_date
  group by q.tenant_id, q.daily_date, q.daily_used`;

const monthlyUseCounted = (tx: Tx) => tx`
  select q.tenant_id, 'monthly_used in ' || q.monthly_month as subject,
    q.monthly_used::text as found, count(t.id)::text as expected
  from tenant_quota q
  left join billing_transaction t on t.tenant_id = q.tenant_id and t.kind = 'charge'
    and t.status = 'COMMITTED' and t.month = q.monthly_month
  group by q.tenant_id, q.monthly_month, q.monthly_used`;

/** What a key used in the period that its quota stands at; an empty period of a day is no use yet. */
const keyQuotasCounted = (tx: Tx) => tx`
  select k.tenant_id, 'key ' || k.id || ' ' || q.quota_type as subject, q.used::text as found,
    coalesce(sum(case
      when q.quota_type like '%requests' then (t.id is not null)::int
      when q.quota_type like '%tokens' then t.input_tokens + t.output_tokens
      else t.amount end), 0)::text as expected
  from api_key_quota q
  join api_key k on k.id = q.api_key_id
  left join billing_transaction t on t.api_key_id = q.api_key_id and t.kind = 'charge'
    and t.status = 'COMMITTED'
    and case when q.quota_type like 'daily%' then t.day::text
      when q.quota_type like 'monthly%' then t.month::text else '' end = q.period
  group by k.tenant_id, k.id, q.id`;
