import path from 'node:path';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as runMigrations } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';

/** Any constant: every instance must take the same lock. */
const MIGRATION_LOCK = 7_214_401;
const POSTGRES_VERSION_MIN = 150_000;

/**
 * Brings the schema up to date under an advisory lock, so that several instances may start at once.
 * Throws with a sentence when the server is older than Postgres 15 or out of reach.
 */
export async function migrate(databaseUrl: string): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1, connect_timeout: 10, onnotice: () => undefined });
  try {
    const [version] = await sql<{ version: number }[]>`
      select current_setting('server_version_num')::int as version`;
    if ((version?.version ?? 0) < POSTGRES_VERSION_MIN) {
      throw new Error('Tallygate needs PostgreSQL 15 or newer behind DATABASE_URL.');
    }
    await sql`select pg_advisory_lock(${MIGRATION_LOCK})`;
    await runMigrations(drizzle(sql), { migrationsFolder: path.join(process.cwd(), 'drizzle') });
    await sql`select pg_advisory_unlock(${MIGRATION_LOCK})`;
  } finally {
    await sql.end({ timeout: 5 });
  }
}
