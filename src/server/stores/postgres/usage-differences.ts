import type { Tx } from './client';
import { HAS_USAGE, USAGE, USAGE_FIGURES } from './usage-figures';

/** By how much a sum of usage falls short of what it is made of; figures as strings. */
export interface UsageDifference extends Readonly<Record<(typeof USAGE_FIGURES)[number], string>> {
  readonly tenant_id: string;
  readonly day: string;
  /** Null: the sum of a whole day. */
  readonly hour: number | null;
  readonly model: string;
  readonly api_key_id: string;
}

/** A charge that has ended. What was made by hand without a period, a model or a key has no sum to be in. */
export const isRolledUp = (sql: Tx) => sql`
  t.kind = 'charge' and t.status in ('COMMITTED', 'VOIDED')
    and (t.day, t.model, t.api_key_id) is not null`;

/** What the rows of the tenants from `first` to `last` come to, as rows of the roll-up. */
const counted = (sql: Tx, first: string, last: string) => sql`
  select tenant_id, day, tallygate_usage_hour(created_at, day) as hour, model, api_key_id,
    count(*) filter (where status = 'COMMITTED') as requests,
    count(*) filter (where status = 'VOIDED') as voided,
    ${committed(sql, sql`input_tokens`)}, ${committed(sql, sql`output_tokens`)},
    ${committed(sql, sql`cached_tokens`)}, ${committed(sql, sql`reasoning_tokens`)},
    ${committed(sql, sql`amount`)}, ${committed(sql, sql`duration_ms`)},
    count(duration_ms) filter (where status = 'COMMITTED') as timed,
    ${committed(sql, sql`first_byte_ms`)},
    count(first_byte_ms) filter (where status = 'COMMITTED') as first_bytes
  from billing_transaction t
  where tenant_id between ${first}::uuid and ${last}::uuid and ${isRolledUp(sql)}
  group by 1, 2, 3, 4, 5`;

const committed = (sql: Tx, column: ReturnType<Tx>) => sql`
  coalesce(sum(${column}) filter (where status = 'COMMITTED'), 0) as ${column}`;

/** Where the hours of these tenants are not what their rows come to, seen in one snapshot. */
export const hourDifferences = (sql: Tx, first: string, last = first) => sql<UsageDifference[]>`
  with counted as (${counted(sql, first, last)}),
  both_sides as (
    select * from counted
    union all
    select tenant_id, day, hour, model, api_key_id, ${sql.unsafe(USAGE.negated)}
    from usage_rollup where tenant_id between ${first}::uuid and ${last}::uuid
  )
  select tenant_id, day::text, hour::int, model, api_key_id, ${sql.unsafe(USAGE.summedAsText)}
  from both_sides group by tenant_id, both_sides.day, both_sides.hour, model, api_key_id
  having ${sql.unsafe(HAS_USAGE)}
  order by tenant_id, both_sides.day, both_sides.hour, model, api_key_id`;

/** Where the days of these tenants are not what their hours come to, seen in one snapshot. */
export const dayDifferences = (sql: Tx, first: string, last = first) => sql<UsageDifference[]>`
  with both_sides as (
    select tenant_id, day, model, api_key_id, ${sql.unsafe(USAGE.names)}
    from usage_rollup where tenant_id between ${first}::uuid and ${last}::uuid
    union all
    select tenant_id, day, model, api_key_id, ${sql.unsafe(USAGE.negated)}
    from usage_daily where tenant_id between ${first}::uuid and ${last}::uuid
  )
  select tenant_id, day::text, null::int as hour, model, api_key_id, ${sql.unsafe(USAGE.summedAsText)}
  from both_sides group by tenant_id, both_sides.day, model, api_key_id
  having ${sql.unsafe(HAS_USAGE)}
  order by tenant_id, both_sides.day, model, api_key_id`;

/** `requests 2 short, amount 30 too much`. */
export function shortOf(difference: UsageDifference): string {
  return USAGE_FIGURES.map((name) => ({ name, value: difference[name] }))
    .filter(({ value }) => value !== '0')
    .map(({ name, value }) =>
      value.startsWith('-') ? `${name} ${value.slice(1)} too much` : `${name} ${value} short`,
    )
    .join(', ');
}
