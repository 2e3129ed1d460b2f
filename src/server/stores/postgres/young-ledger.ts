import type { Sql } from './client';

const FIRST_LOOK_ROWS = 500;
const LOOK_AGAIN_FACTOR = 4;
const YOUNG_ROWS_MAX = 1_000_000;

/**
 * Plans are kept until the statistics change, and those of a new ledger say that it is empty: each
 * settlement would read all of a tenant's rows. Autovacuum looks once a minute; this looks as the ledger
 * grows. `settled`: how many more rows were written. Never throws: autovacuum comes in any case.
 */
export function watchYoungLedger(sql: Sql): (settled: number) => void {
  let rows = 0;
  let lookAtRows = FIRST_LOOK_ROWS;
  return (settled) => {
    rows += settled;
    if (rows < lookAtRows || lookAtRows > YOUNG_ROWS_MAX) return;
    lookAtRows *= LOOK_AGAIN_FACTOR;
    analyzeIfOutgrown(sql, rows).catch(() => undefined);
  };
}

async function analyzeIfOutgrown(sql: Sql, rows: number): Promise<void> {
  const [known] = await sql<{ rows: number }[]>`
    select reltuples::float8 as rows from pg_class where oid = 'billing_transaction'::regclass`;
  if (known === undefined || known.rows > rows / 2) return;
  await sql`analyze billing_transaction, usage_rollup`;
}
