import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as runMigrations } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import type { Sql } from './client';
import { installFunctions } from './database-function';
import { readDatabaseUrl } from './database-url';
import { makeLargeIndexes } from './large-indexes';
import { SETTLE } from './settle-function';
import { rebuildUsage, rebuildUsageDays } from './usage-rebuild';

/** Any constant: every instance must take the same lock. */
const MIGRATION_LOCK = 7_214_401;
const LOCK_AGAIN_MS = 100;
const POSTGRES_VERSION_MIN = 150_000;

/** What this build calls in the database. */
export const DATABASE_FUNCTIONS = [SETTLE] as const;

/** The database that DATABASE_URL names cannot be used; the message is a sentence that says so. */
export class DatabaseError extends Error {}

/**
 * Brings the schema, and what is summed up from the ledger, up to date under an advisory lock, so that
 * several instances may start at once.
 * Throws DatabaseError when the server is older than Postgres 15 or out of reach.
 */
export async function migrate(databaseUrl: string): Promise<void> {
  const [locking, sql] = [connect(databaseUrl), connect(databaseUrl)];
  try {
    if ((await readVersion(sql)) < POSTGRES_VERSION_MIN) {
      throw new DatabaseError('DATABASE_URL must lead to PostgreSQL 15 or newer.');
    }
    const work = async () => {
      await makeLargeIndexes(sql);
      await runMigrations(drizzle(sql), { migrationsFolder: path.join(process.cwd(), 'drizzle') });
      await installFunctions(sql, DATABASE_FUNCTIONS);
      await sumUpUsage(databaseUrl);
    };
    // Asks again and again: who waits in a statement keeps CREATE INDEX CONCURRENTLY waiting.
    while (!(await underLock(locking, work))) await sleep(LOCK_AGAIN_MS);
  } finally {
    await Promise.all([locking, sql].map((each) => each.end({ timeout: 5 })));
  }
}

const connect = (databaseUrl: string, max = 1): Sql => {
  const { url, driver } = readDatabaseUrl(databaseUrl);
  return postgres(url, {
    ...driver,
    max,
    connect_timeout: 10,
    onnotice: () => undefined,
    types: { bigint: postgres.BigInt },
  });
};

/**
 * Does it where nobody else is at it; tells whether it did. The lock is a transaction's, which stays
 * open meanwhile: behind a pooler a session's lock would be left at a connection of somebody's.
 */
const underLock = (sql: Sql, work: () => Promise<void>): Promise<boolean> =>
  sql.begin(async (tx) => {
    await tx`select set_config('idle_in_transaction_session_timeout', '0', true)`;
    // As a plain query: the portal of any other keeps a snapshot, for which an index would wait.
    const [row] = await tx
      .unsafe<{ is_ours: boolean }[]>(
        `select pg_try_advisory_xact_lock(${MIGRATION_LOCK}) as is_ours`,
      )
      .simple();
    if (row?.is_ours !== true) return false;
    await work();
    return true;
  });

/** What is summed up once, after the migration that brought its table, and what is written then. */
const SUMMED_UP = [
  ['usage_summed_up', rebuildUsage],
  ['usage_days_summed_up', rebuildUsageDays],
] as const;

/**
 * What the ledger held before the roll-up, and its hours before its days. On connections of its own,
 * since Drizzle changes how the other one writes JSON.
 */
async function sumUpUsage(databaseUrl: string): Promise<void> {
  const sql = connect(databaseUrl, 2);
  try {
    for (const [name, sumUp] of SUMMED_UP) {
      const done = await sql`select 1 from setting where name = ${name}`;
      if (done.length > 0) continue;
      await sumUp(sql);
      await sql`insert into setting (name, value) values (${name}, 'true')`;
    }
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** The first thing asked of the server: what fails here, the variable is to blame for. */
async function readVersion(sql: Sql): Promise<number> {
  try {
    const [row] = await sql<{ version: number }[]>`
      select current_setting('server_version_num')::int as version`;
    return row?.version ?? 0;
  } catch (error) {
    const why = error instanceof Error && error.message !== '' ? error.message : 'no connection';
    throw new DatabaseError(`DATABASE_URL leads to no PostgreSQL that lets us in (${why}).`);
  }
}
