import type { Sql, Tx } from './client';

/** Whether the owner of a charge's row, known as `row` to the statement, keeps its lease beside a lock. */
export const isKept = (sql: Sql | Tx, row: string) => sql`exists (
  select 1 from billing_kept_lease k
  where k.transaction_id = ${sql(row)}.id and k.attempt = ${sql(row)}.attempt
    and k.expires_at >= clock_timestamp())`;
