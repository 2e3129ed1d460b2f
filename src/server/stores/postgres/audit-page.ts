import { type TenantId, trustedTenantId } from '@/server/domain/ids';
import type { AuditViolation } from '@/server/domain/ports/audit';
import type { Sql, Tx } from './client';
import { dayDifferences, hourDifferences, shortOf } from './usage-differences';
import { daysMark, rollupMark, usageMark } from './usage-marks';

/** What is judged tenant by tenant, in the order of the report. */
export const TENANT_INVARIANTS = [
  'ledger_adds_up',
  'daily_use_counted',
  'monthly_use_counted',
  'key_quotas_counted',
  'balances_chain',
  'rows_are_whole',
  'usage_rolled_up',
] as const;
type TenantInvariant = (typeof TENANT_INVARIANTS)[number];

export interface AuditedPage {
  readonly tenantIds: readonly TenantId[];
  readonly keyQuotas: number;
  readonly rows: number;
  readonly violations: readonly (readonly [TenantInvariant, AuditViolation])[];
}

interface PageSqlRow {
  readonly key_quotas: number;
  readonly rows: number;
  readonly violations: readonly ViolationJson[] | null;
  /** Tenants whose roll-up is not what their rows come to. */
  readonly misrolled: readonly string[] | null;
}

interface ViolationJson {
  readonly invariant: TenantInvariant;
  readonly tenant_id: string;
  readonly subject: string;
  readonly expected: string;
  readonly found: string;
}

/**
 * Audits the tenants that come after one, in one read-only snapshot and one pass over their rows.
 * Null when there are none. Throws Postgres's 57014 where that takes longer than `timeoutMs`.
 */
export async function auditPage(
  sql: Sql,
  after: TenantId | null,
  pageSize: number,
  timeoutMs: number,
): Promise<AuditedPage | null> {
  return await sql.begin('isolation level repeatable read read only', async (tx) => {
    await beGentle(tx, timeoutMs);
    const ids = await tx<{ id: string }[]>`
      select id from tenant where ${after}::uuid is null or id > ${after}::uuid
      order by id limit ${pageSize}`;
    const first = ids[0]?.id;
    const last = ids.at(-1)?.id;
    if (first === undefined || last === undefined) return null;
    const [row] = await tx<PageSqlRow[]>`${statement(tx, first, last)}`;
    const usage = await auditUsage(tx, row?.misrolled ?? []);
    return {
      tenantIds: ids.map(({ id }) => trustedTenantId(id)),
      keyQuotas: row?.key_quotas ?? 0,
      rows: row?.rows ?? 0,
      violations: [...(row?.violations ?? []), ...usage].map(
        ({ invariant, tenant_id, ...violation }) => [
          invariant,
          { tenantId: trustedTenantId(tenant_id), ...violation },
        ],
      ),
    };
  });
}

/** Names the sums that are wrong; that there are some is known. */
async function auditUsage(tx: Tx, tenants: readonly string[]): Promise<readonly ViolationJson[]> {
  const violations: ViolationJson[] = [];
  for (const tenant of tenants) {
    const hours = await hourDifferences(tx, tenant);
    for (const difference of [...hours, ...(await dayDifferences(tx, tenant))]) {
      const { day, hour, model, api_key_id } = difference;
      violations.push({
        invariant: 'usage_rolled_up',
        tenant_id: tenant,
        subject: `usage of ${day}${hour === null ? '' : ` hour ${hour}`}, ${model}, key ${api_key_id}`,
        expected: hour === null ? 'what its hours come to' : 'what its rows come to',
        found: shortOf(difference),
      });
    }
  }
  return violations;
}

/**
 * One core at most beside the traffic. The planner takes each pair of a tenant and a key for a
 * group and would sort all rows on disk; in truth the groups are few and fit.
 */
const beGentle = (tx: Tx, timeoutMs: number) => tx`
  select set_config('statement_timeout', ${String(timeoutMs)}, true),
    set_config('max_parallel_workers_per_gather', '0', true), set_config('jit', 'off', true),
    set_config('enable_sort', 'off', true), set_config('enable_incremental_sort', 'off', true),
    set_config('enable_mergejoin', 'off', true), set_config('work_mem', '16MB', true)`;

/**
 * `balances_chain`: each row says what the balance was after it, so what it was before must be
 * another row's after. Whatever the order: the hashes of all befores and of the last balance come to
 * the same sum as those of all afters and of nothing. `usage_rolled_up`: a row's figures, times a hash
 * of the period that they count in, add up to what the roll-up's hours do, whatever the number of
 * periods, and the hours' by days to what its days do.
 */
const statement = (tx: Tx, first: string, last: string) => tx`
with key_period as materialized (
  select q.api_key_id, max(q.period) filter (where q.quota_type like 'daily%') as day,
    max(q.period) filter (where q.quota_type like 'monthly%') as month
  from api_key k join api_key_quota q on q.api_key_id = k.id
  where k.tenant_id between ${first}::uuid and ${last}::uuid
  group by q.api_key_id
),
sums as materialized (
  select t.tenant_id, t.api_key_id, t.kind, t.status,
    t.day = q.daily_date as is_today, t.month = q.monthly_month as is_this_month,
    t.day::text = p.day as is_key_day, t.month::text = p.month as is_key_month,
    count(*) as rows, sum(t.amount) as amount, sum(t.input_tokens::bigint + t.output_tokens) as tokens,
    count(t.balance_after) as chained,
    sum(hashint8extended(t.balance_after, 0)) as afters,
    sum(case when t.balance_after between -1e18::bigint and 1e18::bigint then
      hashint8extended(t.balance_after
        + case when t.kind = 'charge' then t.amount else -t.amount end, 0) end) as befores,
    count(*) filter (where (t.status = 'COMMITTED') = (t.committed_at is null)) as misdated,
    count(*) filter (where t.hold not between 0 and 9000000000000000 or t.amount < 0
      or t.input_tokens < 0 or t.output_tokens < 0) as out_of_bounds,
    ${usageMark(tx)} as usage_mark
  from billing_transaction t
  left join tenant_quota q on q.tenant_id = t.tenant_id
  left join key_period p on p.api_key_id = t.api_key_id
  where t.tenant_id between ${first}::uuid and ${last}::uuid
  group by t.tenant_id, t.api_key_id, t.kind, t.status, is_today, is_this_month, is_key_day,
    is_key_month
),
by_tenant as materialized (
  select tenant_id, sum(rows) as rows,
    sum(case kind when 'charge' then -amount else amount end) filter (where is_booked) as moved,
    sum(rows) filter (where is_charge and is_today) as daily,
    sum(rows) filter (where is_charge and is_this_month) as monthly,
    sum(rows - chained) filter (where is_booked) as unchained,
    sum(afters) filter (where is_booked) as afters,
    sum(befores) filter (where is_booked) as befores,
    sum(misdated) as misdated, sum(usage_mark) as usage_mark,
    sum(out_of_bounds) filter (where kind <> 'adjustment') as out_of_bounds
  from (select *, status = 'COMMITTED' as is_booked,
    status = 'COMMITTED' and kind = 'charge' as is_charge from sums) s
  group by tenant_id
),
by_rollup as materialized (
  select tenant_id, ${rollupMark(tx)} as usage_mark, ${daysMark(tx)} as days_mark
  from usage_rollup t
  where tenant_id between ${first}::uuid and ${last}::uuid group by tenant_id
),
by_days as materialized (
  select tenant_id, ${daysMark(tx)} as days_mark from usage_daily t
  where tenant_id between ${first}::uuid and ${last}::uuid group by tenant_id
),
by_key as materialized (
  select tenant_id, api_key_id,
    sum(rows) as requests, sum(tokens) as tokens, sum(amount) as amount,
    sum(rows) filter (where is_key_day) as day_requests,
    sum(tokens) filter (where is_key_day) as day_tokens,
    sum(amount) filter (where is_key_day) as day_amount,
    sum(rows) filter (where is_key_month) as month_requests,
    sum(tokens) filter (where is_key_month) as month_tokens,
    sum(amount) filter (where is_key_month) as month_amount
  from sums where status = 'COMMITTED' and kind = 'charge'
  group by tenant_id, api_key_id
),
tenants as (
  select t.id as tenant_id, q.tenant_id as quota_of, q.balance, q.daily_used, q.daily_date,
    q.monthly_used, q.monthly_month, coalesce(s.moved, 0) as moved, coalesce(s.daily, 0) as daily,
    coalesce(s.monthly, 0) as monthly, coalesce(s.unchained, 0) as unchained,
    coalesce(s.afters, 0) as afters, coalesce(s.befores, 0) as befores,
    coalesce(s.misdated, 0) as misdated, coalesce(s.out_of_bounds, 0) as out_of_bounds
  from tenant t left join tenant_quota q on q.tenant_id = t.id
  left join by_tenant s on s.tenant_id = t.id
  where t.id between ${first}::uuid and ${last}::uuid
),
key_quotas as materialized (
  select k.tenant_id, k.id, q.quota_type, q.used, q.period,
    case
      when q.quota_type like 'daily%' and q.period = p.day then
        case when q.quota_type like '%requests' then s.day_requests
          when q.quota_type like '%tokens' then s.day_tokens else s.day_amount end
      when q.quota_type like 'monthly%' and q.period = p.month then
        case when q.quota_type like '%requests' then s.month_requests
          when q.quota_type like '%tokens' then s.month_tokens else s.month_amount end
      when q.quota_type like 'total%' then
        case when q.quota_type like '%requests' then s.requests
          when q.quota_type like '%tokens' then s.tokens else s.amount end
      -- A key whose quotas stand at different periods is rare enough to be looked up.
      when q.period <> '' then (
        select sum(case when q.quota_type like '%requests' then 1
          when q.quota_type like '%tokens' then t.input_tokens + t.output_tokens else t.amount end)
        from billing_transaction t
        where t.api_key_id = k.id and t.tenant_id = k.tenant_id and t.status = 'COMMITTED'
          and t.kind = 'charge' and q.period
            = case when q.quota_type like 'daily%' then t.day::text else t.month::text end)
    end as counted
  from api_key k join api_key_quota q on q.api_key_id = k.id
  left join key_period p on p.api_key_id = k.id
  left join by_key s on s.api_key_id = k.id and s.tenant_id = k.tenant_id
  where k.tenant_id between ${first}::uuid and ${last}::uuid
),
violations as (
  select 'ledger_adds_up' as invariant, tenant_id, 'balance' as subject,
    moved::text as expected, coalesce(balance::text, 'no quota row') as found
  from tenants where balance is distinct from moved
  union all
  select 'daily_use_counted', tenant_id, 'daily_used on ' || daily_date, daily::text, daily_used::text
  from tenants where daily_used <> daily
  union all
  select 'monthly_use_counted', tenant_id, 'monthly_used in ' || monthly_month, monthly::text,
    monthly_used::text
  from tenants where monthly_used <> monthly
  union all
  select 'key_quotas_counted', tenant_id, 'key ' || id || ' ' || quota_type,
    coalesce(counted, 0)::text, used::text
  from key_quotas where used <> coalesce(counted, 0)
  union all
  select 'balances_chain', tenant_id, 'balance_after of its rows', 'a chain from 0 to ' || moved,
    'a break in it'
  from tenants where unchained = 0 and abs(moved) < 1e18 and afters - befores
    <> hashint8extended(moved::bigint, 0)::numeric - hashint8extended(0, 0)
  union all
  select 'rows_are_whole', tenant_id, 'committed_at of its rows', 'a time where COMMITTED alone',
    misdated || ' rows otherwise'
  from tenants where misdated > 0
  union all
  select 'rows_are_whole', tenant_id, 'amounts and tokens', 'from 0 to the bound',
    out_of_bounds || ' rows beyond'
  from tenants where out_of_bounds > 0
  union all
  select 'rows_are_whole', s.tenant_id, 'key ' || s.api_key_id, 'a key of its own',
    'a key of tenant ' || k.tenant_id
  from (select distinct tenant_id, api_key_id from sums) s
  join api_key k on k.id = s.api_key_id where k.tenant_id <> s.tenant_id
)
select (
    select jsonb_agg(tenant_id)
    from by_rollup r full join by_tenant s using (tenant_id) full join by_days d using (tenant_id)
    where coalesce(r.usage_mark, 0) <> coalesce(s.usage_mark, 0)
      or coalesce(r.days_mark, 0) <> coalesce(d.days_mark, 0)) as misrolled,
  (select count(*) from key_quotas)::float8 as key_quotas,
  (select coalesce(sum(rows), 0) from by_tenant)::float8 as rows,
  (select jsonb_agg(v order by v.tenant_id, v.subject) from violations v) as violations`;
