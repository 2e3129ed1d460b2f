import { databaseFunction } from './database-function';
import { USAGE } from './usage-figures';

/**
 * Settles a batch: locks the quota rows (in order, so that batches cannot deadlock), then the charges'
 * rows, then moves both, but a quota row and the sums of usage only by the charges that really changed.
 * A row found ended by this very settlement counts as settled: the answer to an earlier COMMIT was lost;
 * attempts that got no row raise its number and leave its owner.
 *
 * A tenant whose row somebody keeps locked must not keep the others of its batch waiting: one second.
 * Rows are found by index, whatever the statistics say: a plan made while a table was small is kept, and
 * would read all of it long after.
 */
export const SETTLE = databaseFunction(
  'tallygate_settle',
  `(settlements jsonb)
returns table (ordinal int, is_settled bool, is_open bool, is_late bool, balance_after bigint,
  tenant_id uuid, balance bigint, credit_limit bigint, daily_limit int, daily_used int,
  daily_date text, monthly_limit int, monthly_used int, monthly_month text, version bigint,
  key_quotas jsonb)
language plpgsql
set lock_timeout = '1s' set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
begin
  perform 1 from tenant_quota q
  where q.tenant_id in (select (s->>'tenant_id')::uuid from jsonb_array_elements(settlements) s)
  order by q.tenant_id for update;
  perform 1 from billing_transaction t
  where t.id in (
    select (s->>'id')::uuid from jsonb_array_elements(settlements) s
    where not (s->>'is_insert')::bool)
  order by t.id for update;
  return query
  with input as materialized (
    select * from jsonb_to_recordset(settlements) as i(
      ordinal int, is_insert bool, only_if_expired bool, answer_left bool,
      id uuid, tenant_id uuid, api_key_id uuid, trace_id text, attempt int, owner text,
      status text, finish text, amount bigint, day date, month text,
      is_stream bool, endpoint text, model text, hold bigint, hold_tokens int,
      input_price numeric, output_price numeric, cached_input_price numeric,
      admitted_by text, trace_named bool, body_hash text,
      input_tokens int, output_tokens int, cached_tokens int, reasoning_tokens int,
      usage_source text, usage_anomaly text, counted_input_tokens int, counted_output_tokens int,
      reported_input_tokens int, reported_output_tokens int,
      upstream text, upstream_ms int, first_byte_ms int, duration_ms int)
  ),
  compared as materialized (
    select i.*, t.balance_after as balance_before_repeat, coalesce(t.created_at, now()) as opened_at,
      coalesce(t.status = 'PENDING' and t.attempt = i.attempt and t.owner = i.owner, false) as is_held,
      coalesce(case when i.is_insert
        then t.id is null and trace.id is null
        else t.status = 'PENDING' and t.attempt = i.attempt and t.owner = i.owner
          and (not i.only_if_expired
            or t.lease_expires_at < clock_timestamp() and not exists (
              select 1 from billing_kept_lease k
              where k.transaction_id = t.id and k.attempt = t.attempt
                and k.expires_at >= clock_timestamp()))
      end, false) as is_in_time,
      coalesce(not i.is_insert and i.answer_left and i.status = 'COMMITTED'
        and t.status = 'VOIDED' and t.finish = 'lease_expired'
        and t.attempt >= i.attempt and t.owner = i.owner, false) as is_late,
      coalesce(t.status = i.status and t.attempt >= i.attempt and t.owner = i.owner
        and t.amount = i.amount and t.finish is not distinct from i.finish, false) as is_repeat
    from input i left join billing_transaction t on t.id = i.id
    -- A limit, so that no plan reads every trace of the table at once.
    left join lateral (
      select x.id from billing_transaction x
      where i.is_insert and x.tenant_id = i.tenant_id and x.trace_id = i.trace_id limit 1
    ) trace on true
  ),
  judged as materialized (
    select c.*, c.is_in_time or c.is_late as is_due, c.status = 'COMMITTED' as is_charged,
      q.balance - sum(c.amount) filter (where c.is_in_time or c.is_late)
        over (partition by c.tenant_id order by c.ordinal) as balance_after
    from compared c join tenant_quota q on q.tenant_id = c.tenant_id
  ),
  due as materialized (
    select * from judged where is_due
  ),
  updated as (
    update billing_transaction t set
      status = d.status, finish = d.finish, amount = d.amount,
      balance_after = case when d.is_charged then d.balance_after end,
      committed_at = case when d.is_charged then now() end,
      input_tokens = d.input_tokens, output_tokens = d.output_tokens,
      cached_tokens = d.cached_tokens, reasoning_tokens = d.reasoning_tokens,
      usage_source = d.usage_source, usage_anomaly = d.usage_anomaly,
      counted_output_tokens = d.counted_output_tokens,
      reported_input_tokens = d.reported_input_tokens,
      reported_output_tokens = d.reported_output_tokens,
      upstream = coalesce(d.upstream, t.upstream), upstream_ms = d.upstream_ms,
      first_byte_ms = d.first_byte_ms, duration_ms = d.duration_ms
    from due d where t.id = d.id and not d.is_insert
  ),
  inserted as (
    insert into billing_transaction (
      id, tenant_id, api_key_id, trace_id, kind, status, is_stream, endpoint, model, upstream,
      input_tokens, output_tokens, cached_tokens, reasoning_tokens, usage_source, usage_anomaly,
      counted_input_tokens, counted_output_tokens, reported_input_tokens, reported_output_tokens,
      attempt, amount, balance_after, hold, hold_tokens, input_price, output_price,
      cached_input_price, day, month, admitted_by, owner, trace_named, body_hash, finish,
      upstream_ms, first_byte_ms, duration_ms, committed_at)
    select id, tenant_id, api_key_id, trace_id, 'charge', status, is_stream, endpoint, model, upstream,
      input_tokens, output_tokens, cached_tokens, reasoning_tokens, usage_source, usage_anomaly,
      counted_input_tokens, counted_output_tokens, reported_input_tokens, reported_output_tokens,
      attempt, amount, case when is_charged then balance_after end, hold, hold_tokens, input_price,
      output_price, cached_input_price, day, month, admitted_by, owner, trace_named, body_hash,
      finish, upstream_ms, first_byte_ms, duration_ms, case when is_charged then now() end
    from due where is_insert
  ),
  usage as materialized (
    select tenant_id, day, tallygate_usage_hour(opened_at, day) as hour, model, api_key_id,
      count(*) filter (where is_charged) as requests,
      count(*) filter (where not is_charged) as voided,
      sum(input_tokens) as input_tokens, sum(output_tokens) as output_tokens,
      sum(cached_tokens) as cached_tokens, sum(reasoning_tokens) as reasoning_tokens,
      sum(amount) as amount,
      coalesce(sum(duration_ms) filter (where is_charged), 0) as duration_ms,
      count(duration_ms) filter (where is_charged) as timed,
      coalesce(sum(first_byte_ms) filter (where is_charged), 0) as first_byte_ms,
      count(first_byte_ms) filter (where is_charged) as first_bytes
    from due group by 1, 2, 3, 4, 5
  ),
  usage_of_hours as (
    insert into usage_rollup as u (tenant_id, day, hour, model, api_key_id, ${USAGE.names})
    select tenant_id, day, hour, model, api_key_id, ${USAGE.names} from usage
    on conflict (tenant_id, day, hour, model, api_key_id) do update set ${USAGE.added}
    returning 1
  ),
  -- Reads what was done to the hours, and so comes after them: see tallygate_usage_unvoid.
  usage_of_days as (
    insert into usage_daily as u (tenant_id, day, model, api_key_id, ${USAGE.names})
    select tenant_id, day, model, api_key_id, ${USAGE.summed} from usage
    where (select count(*) from usage_of_hours) >= 0
    group by tenant_id, day, model, api_key_id
    on conflict (tenant_id, day, model, api_key_id) do update set ${USAGE.added}
  ),
  moved as (
    select q.tenant_id, coalesce(sum(d.amount) filter (where d.is_charged), 0) as amount,
      greatest(q.daily_date, max(d.day) filter (where d.is_charged)) as day,
      greatest(q.monthly_month::text, max(d.month) filter (where d.is_charged)) as month
    from due d join tenant_quota q on q.tenant_id = d.tenant_id
    group by q.tenant_id
  ),
  counted as (
    select m.*,
      (select count(*) from due d
       where d.tenant_id = m.tenant_id and d.is_charged and d.day = m.day) as daily,
      (select count(*) from due d
       where d.tenant_id = m.tenant_id and d.is_charged and d.month = m.month) as monthly
    from moved m
  ),
  quota as (
    update tenant_quota q set
      balance = q.balance - c.amount,
      daily_used = c.daily + case when c.day > q.daily_date then 0 else q.daily_used end,
      daily_date = c.day,
      monthly_used = c.monthly + case when c.month > q.monthly_month then 0 else q.monthly_used end,
      monthly_month = c.month
    from counted c where q.tenant_id = c.tenant_id
    returning q.tenant_id, q.balance, q.credit_limit, q.daily_limit, q.daily_used, q.daily_date,
      q.monthly_limit, q.monthly_used, q.monthly_month, q.version
  ),
  key_use as (
    select k.id, d.tenant_id, k.period as stored,
      case when k.quota_type like 'daily%' then d.day::text
        when k.quota_type like 'monthly%' then d.month else '' end as period,
      case when k.quota_type like '%requests' then 1
        when k.quota_type like '%tokens' then d.input_tokens + d.output_tokens
        else d.amount end as used
    from due d join api_key_quota k on k.api_key_id = d.api_key_id
    where d.is_charged
  ),
  key_moved as (
    select id, tenant_id, stored, greatest(stored, max(period)) as period
    from key_use group by id, tenant_id, stored
  ),
  key_quota as (
    update api_key_quota k set
      used = (select coalesce(sum(u.used), 0) from key_use u
              where u.id = m.id and u.period = m.period)
        + case when m.period > m.stored then 0 else k.used end,
      period = m.period
    from key_moved m where k.id = m.id
    returning m.tenant_id, k.api_key_id, k.quota_type, k.quota_limit::text, k.used::text, k.period,
      k.version::text
  ),
  -- Changed or not: whoever repeats a settlement was never told, and folds it only now.
  newest_key_quota as (
    select * from key_quota
    union all
    select i.tenant_id, k.api_key_id, k.quota_type, k.quota_limit::text, k.used::text, k.period,
      k.version::text
    from (select distinct tenant_id, api_key_id from input) i
    join api_key_quota k on k.api_key_id = i.api_key_id
    where k.id not in (select id from key_moved)
  ),
  newest as (
    select * from quota
    union all
    select q.tenant_id, q.balance, q.credit_limit, q.daily_limit, q.daily_used, q.daily_date,
      q.monthly_limit, q.monthly_used, q.monthly_month, q.version
    from (select distinct tenant_id from input) i
    join tenant_quota q on q.tenant_id = i.tenant_id
    where not exists (select 1 from due d where d.tenant_id = q.tenant_id)
  )
  select j.ordinal, (j.is_due or j.is_repeat) as is_settled, (j.is_held and not j.is_due) as is_open,
    j.is_late,
    case when j.is_due then j.balance_after::bigint else j.balance_before_repeat end,
    n.tenant_id, n.balance, n.credit_limit, n.daily_limit, n.daily_used, n.daily_date::text,
    n.monthly_limit, n.monthly_used, n.monthly_month::text, n.version,
    (select jsonb_agg(k) from newest_key_quota k where k.tenant_id = n.tenant_id) as key_quotas
  from judged j
  join newest n on n.tenant_id = j.tenant_id;
end $$`,
);
