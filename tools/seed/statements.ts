import type postgres from 'postgres';
import type { Plan } from './plan';

type Sql = postgres.Sql<{ bigint: bigint }>;

/** One tenant of a hundred does half of all the work. */
const BUSY_SHARE = 100;
/** Every so many rows of a tenant one is a top-up that pays for those until the next. */
const TOPUP_EVERY = 500;
const TOPUP_NANO = 1_000_000;
/** Every so many rows one is void. */
const VOID_EVERY = 50;
const VOID_AT = 17;

/** Keys of a tenant, and of the largest one. */
const KEYS = 2;
const KEYS_OF_LARGEST = 20;
const MODELS = [
  'sim-small',
  'sim-small',
  'sim-small',
  'sim-large',
  'sim-large',
  'sim-mini',
  'sim-vast',
];

const keysOf = (sql: Sql, { largest }: Plan, tenant: postgres.Fragment) => sql`
  (case when ${largest}::int > 0 and ${tenant} = 0 then ${KEYS_OF_LARGEST}::int else ${KEYS}::int end)`;

/** An id that sorts by its time, as the product's do, and is the same whenever it is asked for. */
const idOf = (sql: Sql, ms: postgres.Fragment, name: postgres.Fragment) => sql`
  (lpad(to_hex(${ms}), 12, '0') || '7' || substr(md5(${name}), 1, 3)
    || '8' || substr(md5(${name}), 4, 15))::uuid`;

const tenantId = (sql: Sql, { startMs }: Plan, tenant: postgres.Fragment) =>
  idOf(sql, sql`${startMs - 1}::bigint`, sql`'tenant ' || ${tenant}`);

const keyId = (sql: Sql, { startMs }: Plan, tenant: postgres.Fragment, key: postgres.Fragment) =>
  idOf(sql, sql`${startMs - 1}::bigint`, sql`'key ' || ${tenant} || ' ' || ${key}`);

/** Tenants `from` to before `to`, two keys each, the largest twenty; only the first key has quotas, and those come last. */
export async function sowTenants(sql: Sql, plan: Plan, from: number, to: number): Promise<void> {
  const tenants = sql`generate_series(${from}::bigint, ${to - 1}::bigint) as s(n)`;
  await sql`
    insert into tenant (id, name, created_at)
    select ${tenantId(sql, plan, sql`n`)}, 'Seed ' || n, to_timestamp(${plan.startMs / 1000})
    from ${tenants} on conflict do nothing`;
  await sql`
    insert into api_key (id, tenant_id, name, key_hash, key_prefix, created_at)
    select ${keyId(sql, plan, sql`n`, sql`k`)}, ${tenantId(sql, plan, sql`n`)}, 'Seed key ' || k,
      sha256(convert_to('seed ' || n || ' ' || k, 'UTF8')), 'tg-seed', to_timestamp(${plan.startMs / 1000})
    from ${tenants}, generate_series(0, ${keysOf(sql, plan, sql`n`)} - 1) as keys(k)
    on conflict do nothing`;
}

/**
 * Rows `from` to before `to` of the whole plan, in the order of their time, tenants mixed as in real
 * life. Row i is the k-th of its tenant, and all that came before it is a formula of k: no row has
 * to be read to know the balance after it.
 */
export async function sowRows(sql: Sql, plan: Plan, from: number, to: number): Promise<void> {
  // Every so many rows one is the largest tenant's; the others are shared out as if it were not there.
  const first = plan.largest > 0 ? 1 : 0;
  const every = first === 1 ? Math.floor(plan.transactions / plan.largest) : 0;
  const busy = Math.max(1, Math.floor((plan.tenants - first) / BUSY_SHARE));
  const quiet = plan.tenants - first - busy;
  const stepMs = (plan.days * 86_400_000) / plan.transactions;
  await sql`
    with shared as (
      select i, ${every}::int > 0 and i % greatest(${every}::int, 1) = 0 as is_largest,
        case when ${every}::int > 0 then i - i / greatest(${every}::int, 1) - 1 else i end as n
      from generate_series(${from}::bigint, ${to - 1}::bigint) as s(i)
    ),
    numbered as (
      select *, case when ${quiet} > 0 then n / 2 else n end as j, ${quiet} > 0 and n % 2 = 1 as is_quiet
      from shared
    ),
    placed as (
      select i, (${plan.startMs}::bigint + floor(i * ${stepMs}::float8))::bigint as ms,
        case when is_largest then 0 when is_quiet then ${first + busy} + j % greatest(${quiet}, 1)
          else ${first} + j % ${busy} end as tenant,
        case when is_largest then i / greatest(${every}::int, 1) when is_quiet then j / greatest(${quiet}, 1)
          else j / ${busy} end as k
      from numbered
    ),
    told as (
      select *, k % ${TOPUP_EVERY} = 0 as is_topup, k % ${VOID_EVERY} = ${VOID_AT} as is_void,
        k / ${TOPUP_EVERY} + 1 as topups,
        k + 1 - (k / ${TOPUP_EVERY} + 1) - (k + ${VOID_EVERY - VOID_AT}) / ${VOID_EVERY} as charges
      from placed
    ),
    priced as (
      select *, topups * ${TOPUP_NANO} - (1000 * charges
          + 10 * (charges / 100 * 4950 + (charges % 100) * (charges % 100 + 1) / 2)) as balance,
        case when is_topup then ${TOPUP_NANO} when is_void then 0
          else 1000 + 10 * (charges % 100) end as amount,
        to_timestamp(ms / 1000.0) as at, to_timestamp(ms / 1000.0) at time zone 'utc' as utc,
        not (is_topup or is_void) as is_charge
      from told
    )
    insert into billing_transaction (
      id, tenant_id, api_key_id, trace_id, kind, status, is_stream, endpoint, model, upstream,
      input_tokens, output_tokens, usage_source, counted_input_tokens, counted_output_tokens,
      reported_input_tokens, reported_output_tokens, attempt, amount, balance_after, hold,
      hold_tokens, input_price, output_price, day, month, admitted_by, owner, trace_named, body_hash,
      finish, upstream_ms, first_byte_ms, duration_ms, created_at, committed_at)
    select ${idOf(sql, sql`ms`, sql`'row ' || i`)}, ${tenantId(sql, plan, sql`tenant`)},
      case when not is_topup then ${keyId(sql, plan, sql`tenant`, sql`k % ${keysOf(sql, plan, sql`tenant`)}`)} end,
      case when is_topup then 'seed-topup-' || k else ${idOf(sql, sql`ms`, sql`'trace ' || i`)}::text end,
      case when is_topup then 'topup' else 'charge' end,
      case when is_void then 'VOIDED' else 'COMMITTED' end,
      i % 3 = 0, case when not is_topup then 'chat.completions' end,
      case when not is_topup then (${MODELS}::text[])[k % ${MODELS.length}::int + 1] end, case when is_charge then 'simulator' end,
      case when is_charge then 500 + i % 500 else 0 end, case when is_charge then 100 + i % 900 else 0 end,
      case when is_charge then 'counted' end, case when is_charge then 500 + i % 500 end,
      case when is_charge then 100 + i % 900 end, case when is_charge then 500 + i % 500 end,
      case when is_charge then 100 + i % 900 end, 1, amount, case when not is_void then balance end,
      case when is_topup then 0 else 2 * 1990 end, case when is_topup then 0 else 4096 end,
      case when not is_topup then 1 end, case when not is_topup then 1 end,
      case when not is_topup then utc::date end, case when not is_topup then to_char(utc, 'YYYY-MM') end,
      case when not is_topup then 'redis' end, case when not is_topup then 'seed' end,
      is_topup, case when not is_topup then md5(i::text) end,
      case when is_charge then 'complete' when is_void then 'client_gone' end,
      case when is_charge then 800 end, case when is_charge then 120 end,
      case when is_charge then 830 end, at, case when not is_void then at end
    from priced on conflict do nothing`;
}

/** The quota rows of these tenants, summed up from what was sown of them. */
export async function sowQuotas(sql: Sql, plan: Plan, from: number, to: number): Promise<void> {
  const own = sql`
    own as materialized (
      select ${tenantId(sql, plan, sql`n`)} as id
      from generate_series(${from}::bigint, ${to - 1}::bigint) as s(n)
    )`;
  await sql`
    with ${own},
    by_day as (
      select tenant_id, day, month, sum(case kind when 'charge' then -amount else amount end) as moved,
        count(*) filter (where kind = 'charge') as charges
      from billing_transaction
      where status = 'COMMITTED' and tenant_id in (select id from own)
      group by tenant_id, day, month
    ),
    last as (
      select *, max(day) over w as last_day, max(month) over w as last_month
      from by_day window w as (partition by tenant_id)
    ),
    summed as (
      select tenant_id, sum(moved) as balance, max(last_day) as day, max(last_month) as month,
        sum(charges) filter (where day = last_day) as daily,
        sum(charges) filter (where month = last_month) as monthly
      from last group by tenant_id
    )
    insert into tenant_quota (tenant_id, balance, daily_used, daily_date, monthly_used, monthly_month)
    select own.id, coalesce(s.balance, 0), coalesce(s.daily, 0),
      coalesce(s.day, (now() at time zone 'utc')::date), coalesce(s.monthly, 0),
      coalesce(s.month, to_char(now() at time zone 'utc', 'YYYY-MM'))
    from own left join summed s on s.tenant_id = own.id on conflict do nothing`;
  await sql`
    with ${own},
    wanted as (
      select a.id, a.tenant_id, t.type
      from api_key a, unnest(array['daily_tokens', 'monthly_requests', 'total_amount']) as t(type)
      where a.tenant_id in (select id from own) and a.name = 'Seed key 0'
    ),
    by_day as (
      select api_key_id, day, month, sum(amount) as amount, count(*) as requests,
        sum(input_tokens + output_tokens) as tokens
      from billing_transaction
      where status = 'COMMITTED' and kind = 'charge' and tenant_id in (select id from own)
      group by api_key_id, day, month
    ),
    last as (
      select *, max(day) over w as last_day, max(month) over w as last_month
      from by_day window w as (partition by api_key_id)
    ),
    summed as (
      select api_key_id, max(last_day) as day, max(last_month) as month, sum(amount) as amount,
        sum(tokens) filter (where day = last_day) as tokens,
        sum(requests) filter (where month = last_month) as requests
      from last group by api_key_id
    )
    insert into api_key_quota (id, api_key_id, quota_type, quota_limit, used, period)
    select gen_random_uuid(), w.id, w.type, 9000000000000000,
      coalesce(case w.type when 'daily_tokens' then s.tokens when 'monthly_requests' then s.requests
        else s.amount end, 0),
      coalesce(case w.type when 'daily_tokens' then s.day::text
        when 'monthly_requests' then s.month else '' end, '')
    from wanted w left join summed s on s.api_key_id = w.id on conflict do nothing`;
}
