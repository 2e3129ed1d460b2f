import type { Tx } from './client';
import { isRolledUp } from './usage-differences';

const hashOf = (sql: Tx, hour: ReturnType<Tx>) => sql`
  hash_record_extended(row(t.day, ${hour}, t.model, t.api_key_id), 0)::numeric`;

const hashOfDay = (sql: Tx) => sql`
  hash_record_extended(row(t.day, t.model, t.api_key_id), 0)::numeric`;

/**
 * One number for all that the rows of a group come to in the roll-up: each row's figures times a hash
 * of the period, model and key that they count in. Equal sums have an equal number, and others hardly.
 */
export const usageMark = (sql: Tx) => sql`
  sum(${hashOf(sql, sql`tallygate_usage_hour(t.created_at, t.day)`)}
    * (case t.status when 'VOIDED' then 1000003::bigint else 1000033 + t.amount
      + 1000037::bigint * t.input_tokens + 1000039::bigint * t.output_tokens
      + 1000081::bigint * t.cached_tokens + 1000099::bigint * t.reasoning_tokens
      + case when t.duration_ms is null then 0 else 1000117 + 1000121::bigint * t.duration_ms end
      + case when t.first_byte_ms is null then 0 else 1000133 + 1000151::bigint * t.first_byte_ms end
      end)) filter (where ${isRolledUp(sql)})`;

const rolledUp = (sql: Tx, hash: ReturnType<typeof hashOfDay>) => sql`
  sum(${hash} * (1000003::numeric * t.voided + 1000033 * t.requests + t.amount
    + 1000037 * t.input_tokens + 1000039 * t.output_tokens + 1000081 * t.cached_tokens
    + 1000099 * t.reasoning_tokens + 1000117 * t.timed + 1000121 * t.duration_ms
    + 1000133 * t.first_bytes + 1000151 * t.first_byte_ms))`;

/** The same number from the roll-up's rows. */
export const rollupMark = (sql: Tx) => rolledUp(sql, hashOf(sql, sql`t.hour`));

/** One number for what the hours, or the days themselves, come to by days. */
export const daysMark = (sql: Tx) => rolledUp(sql, hashOfDay(sql));
