import { readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '@/server/stores/postgres/migrate';
import { createPostgresQuotaStore } from '@/server/stores/postgres/quota-store';
import { type OldPostgres, startPostgres15 } from '../../tools/postgres-15';
import { chargeOf, paid, unpaid } from '../helpers/charges';
import { createDatabase, type TestDatabase } from '../helpers/database';
import { LedgerBench } from '../helpers/ledger-bench';
import { migrateUpTo } from '../helpers/migrate-up-to';
import { demandOf, QuotaHouse } from '../helpers/quota-houses';
import { until } from '../helpers/until';

const MIGRATIONS = readdirSync(path.join(import.meta.dirname, '../../drizzle')).filter((file) =>
  file.endsWith('.sql'),
);

/** The names of the contract; more columns and tables are free. */
const CONTRACT: Readonly<Record<string, string>> = {
  tenant: 'id name status created_at',
  tenant_quota: `tenant_id balance credit_limit daily_limit daily_used daily_date monthly_limit
    monthly_used monthly_month version updated_at`,
  api_key: 'id tenant_id name key_hash key_prefix status expires_at',
  api_key_quota: 'id api_key_id quota_type quota_limit used period',
  billing_transaction: `id tenant_id api_key_id trace_id kind status is_stream model upstream
    input_tokens output_tokens cached_tokens reasoning_tokens usage_source attempt amount
    balance_after created_at committed_at`,
};

const UNIQUE: readonly (readonly [table: string, columns: string])[] = [
  ['tenant', 'id'],
  ['tenant_quota', 'tenant_id'],
  ['api_key', 'id'],
  ['api_key', 'key_hash'],
  ['api_key_quota', 'id'],
  ['api_key_quota', 'api_key_id quota_type'],
  ['billing_transaction', 'id'],
  ['billing_transaction', 'tenant_id trace_id'],
];

/** Money is bigint, never a float; a count of bytes or a price is no money here. */
const MONEY = [
  ['tenant_quota', 'balance'],
  ['tenant_quota', 'credit_limit'],
  ['api_key_quota', 'quota_limit'],
  ['api_key_quota', 'used'],
  ['billing_transaction', 'amount'],
  ['billing_transaction', 'balance_after'],
  ['billing_transaction', 'hold'],
];

/** Everything about the schema that a second run could have changed. */
async function fingerprint({ sql }: TestDatabase) {
  const applied = await sql`select hash, created_at from drizzle.__drizzle_migrations order by id`;
  const relations = await sql`
    select relname, oid, relfilenode, relchecks, relhastriggers from pg_class
    where relnamespace = 'public'::regnamespace order by relname`;
  const triggers = await sql`
    select tgname, tgrelid, oid from pg_trigger where not tgisinternal order by tgname`;
  return { applied: [...applied], relations: [...relations], triggers: [...triggers] };
}

/** A ledger as 0006 left it, with one of the indexes to come that a killed start made half. */
async function makeOld({ directUrl, sql }: TestDatabase): Promise<void> {
  await migrateUpTo(directUrl, '0006_usage_rollup');
  await sql`
    create index concurrently billing_transaction_by_key on billing_transaction (api_key_id, id)`;
  await sql`
    update pg_index set indisvalid = false
    where indexrelid = 'billing_transaction_by_key'::regclass`;
}

async function freshIndexes(server: { server?: string }): Promise<readonly string[]> {
  const fresh = await createDatabase(server);
  const rows = await fresh.sql<{ definition: string }[]>`
    select pg_get_indexdef(c.oid) as definition
    from pg_class c join pg_index i on i.indexrelid = c.oid
    where i.indrelid in ('billing_transaction'::regclass, 'audit_log'::regclass)
    order by c.relname`;
  await fresh.drop();
  return rows.map(({ definition }) => definition);
}

describe.each(['the bundled PostgreSQL', 'PostgreSQL 15'])('on %s', (which) => {
  let old: OldPostgres | null = null;
  let server: { server?: string } = {};
  let database: TestDatabase;

  beforeAll(async () => {
    if (which === 'PostgreSQL 15') {
      old = await startPostgres15();
      server = { server: old.url };
    }
    database = await createDatabase({ ...server, isMigrated: false });
  });

  afterAll(async () => {
    await database?.drop();
    await old?.stop();
  });

  it('is that PostgreSQL', async () => {
    const [row] = await database.sql<{ major: string }[]>`
      select split_part(current_setting('server_version'), '.', 1) as major`;
    if (which === 'PostgreSQL 15') expect(row?.major).toBe('15');
    else expect(Number(row?.major)).toBeGreaterThan(15);
  });

  it('eight instances that migrate at once bring up one schema', async () => {
    await Promise.all(Array.from({ length: 8 }, () => migrate(database.url)));
    const { applied } = await fingerprint(database);
    expect(MIGRATIONS.length).toBeGreaterThan(1);
    expect(applied).toHaveLength(MIGRATIONS.length);
    const locks = await database.sql`
      select 1 from pg_locks l join pg_database d on d.oid = l.database
      where l.locktype = 'advisory' and d.datname = current_database()`;
    expect(locks).toHaveLength(0);
  });

  it('a further run changes nothing, and keeps what was written', async () => {
    await database.sql`
      insert into tenant (id, name) values ('0190a000-0000-7000-8000-000000000001', 'Acme')`;
    const before = await fingerprint(database);
    await migrate(database.url);
    expect(await fingerprint(database)).toEqual(before);
    expect(await database.sql`select name from tenant`).toHaveLength(1);
  });

  it('a ledger in use gets its large indexes while it is written, also what a killed start left half made', async () => {
    const used = await createDatabase({ ...server, isMigrated: false });
    await makeOld(used);
    const indexes = async () =>
      used.sql`
        select c.relname as name, i.indisvalid as "isValid", pg_get_indexdef(c.oid) as definition
        from pg_class c join pg_index i on i.indexrelid = c.oid
        where i.indrelid in ('billing_transaction'::regclass, 'audit_log'::regclass)
        order by c.relname`;
    // A write under way, which each index has to wait for, and another one that must not wait for it.
    const writing = await used.sql.reserve();
    await writing`begin`;
    await writing`update billing_transaction set note = 'n' where false`;
    const migrating = migrate(used.url);
    await until('an index that waits', async () => {
      const rows = await used.sql`
        select 1 from pg_stat_activity
        where query ilike '% index concurrently %' and wait_event_type = 'Lock'
          and datname = current_database()`;
      return rows.length > 0;
    });
    await used.sql`update billing_transaction set note = 'n' where false`;
    await writing`commit`;
    writing.release();
    await migrating;
    const [made, fresh] = [await indexes(), await freshIndexes(server)];
    expect(made.filter(({ isValid }) => !isValid)).toEqual([]);
    expect(made.map(({ definition }) => definition)).toEqual(fresh);
    await used.drop();
  });

  it.each(Object.entries(CONTRACT))(
    '%s has the columns of the contract',
    async (table, columns) => {
      const rows = await database.sql<{ column_name: string }[]>`
      select column_name from information_schema.columns
      where table_schema = 'public' and table_name = ${table}`;
      expect(rows.map((row) => row.column_name)).toEqual(
        expect.arrayContaining(columns.split(/\s+/)),
      );
    },
  );

  it.each(UNIQUE)('%s is unique by %s', async (table, columns) => {
    const rows = await database.sql<{ columns: string }[]>`
      select string_agg(k.column_name, ' ' order by k.ordinal_position) as columns
      from information_schema.table_constraints c
      join information_schema.key_column_usage k using (constraint_schema, constraint_name)
      where c.table_schema = 'public' and c.table_name = ${table}
        and c.constraint_type in ('UNIQUE', 'PRIMARY KEY')
      group by c.constraint_name`;
    expect(rows.map((row) => row.columns)).toContain(columns);
  });

  it('money is kept in integers', async () => {
    for (const [table = '', column = ''] of MONEY) {
      const [row] = await database.sql<{ data_type: string }[]>`
        select data_type from information_schema.columns
        where table_name = ${table} and column_name = ${column}`;
      expect(row?.data_type, `${table}.${column}`).toBe('bigint');
    }
    const floats = await database.sql`
      select table_name, column_name from information_schema.columns
      where table_schema = 'public' and data_type in ('real', 'double precision', 'money')`;
    expect(floats).toHaveLength(0);
  });

  it('the ledger, the fallback and the audit work: a charge from admission to the books', async () => {
    const bench = await LedgerBench.open(server);
    const account = await bench.account({ balance: 1_000n });
    const keyId = await bench.key(account.tenantId, [{ type: 'daily_tokens', limit: 500n }]);
    const limits = {
      ...{ rpm: 10, tpm: 1_000, concurrency: 5 },
      quotas: [{ type: 'daily_tokens', limit: 500n }] as const,
    };
    const house = new QuotaHouse(createPostgresQuotaStore(bench.client.sql), bench);
    const own = { ...account, keyId };
    const first = await house.admitted(own, 100n, limits);
    expect(await house.raise(first, 200n, 20, limits)).toEqual({ kind: 'raised' });
    await house.pay(first, 70n, limits);
    const second = await house.admit(chargeOf(own), demandOf(100n), limits);
    if (second.charge === null) throw new Error('not admitted');
    const checkpoint = { heldNano: 100n, heldTokens: 10, inputTokens: 3, outputTokens: 4 };
    expect(
      await bench.ledger.checkpoint({ charge: second.charge, ...checkpoint, leaseMs: 30_000 }),
    ).toBe('held');
    await bench.ledger.settle(unpaid(second.charge));
    await bench.ledger.settle(paid(chargeOf(own), 30n, { write: 'insert' }));
    expect(await bench.quota(account.tenantId)).toMatchObject({ balanceNano: 900n, dailyUsed: 2 });
    expect(await bench.brokenInvariants()).toEqual([]);
    await bench.close();
  });
});
