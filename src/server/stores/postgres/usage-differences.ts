import type { Tx } from './client';

const SUMS = [
  'requests',
  'voided',
  'input_tokens',
  'output_tokens',
  'cached_tokens',
  'reasoning_tokens',
  'amount',
  'duration_ms',
  'timed',
  'first_byte_ms',
  'first_bytes',
] as const;

/** By how much a sum of the roll-up falls short of the ledger's rows; figures as strings. */
export interface UsageDifference extends Readonly<Record<(typeof SUMS)[number], string>> {
  readonly tenant_id: string;
  readonly day: string;
  readonly hour: number;
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

/** Where the roll-up of these tenants is not what their rows come to, seen in one snapshot. */
export const usageDifferences = (sql: Tx, first: string, last = first) => sql<UsageDifference[]>`
  with counted as (${counted(sql, first, last)}),
  both_sides as (
    select * from counted
    union all
    select tenant_id, day, hour, model, api_key_id, -requests, -voided, -input_tokens,
      -output_tokens, -cached_tokens, -reasoning_tokens, -amount, -duration_ms, -timed,
      -first_byte_ms, -first_bytes
    from usage_rollup where tenant_id between ${first}::uuid and ${last}::uuid
  )
  select tenant_id, day::text, hour::int, model, api_key_id, sum(requests)::text as requests,
    sum(voided)::text as voided, sum(input_tokens)::text as input_tokens,
    sum(output_tokens)::text as output_tokens, sum(cached_tokens)::text as cached_tokens,
    sum(reasoning_tokens)::text as reasoning_tokens, sum(amount)::text as amount,
    sum(duration_ms)::text as duration_ms, sum(timed)::text as timed,
    sum(first_byte_ms)::text as first_byte_ms, sum(first_bytes)::text as first_bytes
  from both_sides group by tenant_id, both_sides.day, both_sides.hour, model, api_key_id
  having (sum(requests), sum(voided), sum(input_tokens), sum(output_tokens), sum(cached_tokens),
    sum(reasoning_tokens), sum(amount), sum(duration_ms), sum(timed), sum(first_byte_ms),
    sum(first_bytes)) <> (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
  order by tenant_id, both_sides.day, both_sides.hour, model, api_key_id`;

/** `requests 2 short, amount 30 too much`. */
export function shortOf(difference: UsageDifference): string {
  return SUMS.map((name) => ({ name, value: difference[name] }))
    .filter(({ value }) => value !== '0')
    .map(({ name, value }) =>
      value.startsWith('-') ? `${name} ${value.slice(1)} too much` : `${name} ${value} short`,
    )
    .join(', ');
}
