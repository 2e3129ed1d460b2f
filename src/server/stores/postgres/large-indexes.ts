import type { Sql } from './client';

/** What 0007_pages.sql makes, as that file says it. */
export const INDEXES: Readonly<Record<string, string>> = {
  audit_log_by_tenant: 'audit_log (tenant_id, id)',
  billing_transaction_by_tenant: 'billing_transaction (tenant_id, id)',
  billing_transaction_by_key: 'billing_transaction (api_key_id, id)',
  billing_transaction_by_model: 'billing_transaction (tenant_id, model, id)',
  billing_transaction_voids: `billing_transaction (tenant_id, id) where status = 'VOIDED'`,
  billing_transaction_credits: `billing_transaction (tenant_id, id) where kind <> 'charge'`,
};

/**
 * Makes the indexes of migrations to come on a ledger in use, while others write: CREATE INDEX takes a
 * lock for as long as it reads, its CONCURRENTLY does not, but cannot be part of a migration. One that a
 * killed start left half made is made anew.
 */
export async function makeLargeIndexes(sql: Sql): Promise<void> {
  // The migration drops this one: where it is not, there is no ledger yet, or all is done.
  const [old] = await sql`select 1 where to_regclass('billing_transaction_page') is not null`;
  if (old === undefined) return;
  const made = await sql<{ name: string; is_valid: boolean }[]>`
    select c.relname as name, i.indisvalid as is_valid
    from pg_class c join pg_index i on i.indexrelid = c.oid
    where c.oid = any(array(select to_regclass(n) from unnest(${Object.keys(INDEXES)}::text[]) n))`;
  const validByName = new Map(made.map(({ name, is_valid }) => [name, is_valid]));
  for (const [name, what] of Object.entries(INDEXES)) {
    if (validByName.get(name) === true) continue;
    if (validByName.has(name)) await sql.unsafe(`drop index concurrently ${name}`);
    await sql.unsafe(`create index concurrently ${name} on ${what}`);
  }
}
