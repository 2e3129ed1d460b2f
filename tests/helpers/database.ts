import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { migrate } from '@/server/stores/postgres/migrate';

function serverUrl(): string {
  const url = process.env.TEST_DATABASE_URL;
  if (url === undefined) throw new Error('Run it through node scripts/with-stores.mjs.');
  return url;
}

export interface TestDatabase {
  readonly url: string;
  readonly sql: postgres.Sql<{ bigint: bigint }>;
  drop(): Promise<void>;
}

export interface DatabaseOptions {
  /** Another server than the one that the test run brought up. */
  readonly server?: string;
  /** False: nothing is in it yet. */
  readonly isMigrated?: boolean;
}

/** A migrated database of its own, on the real server that the test run brought up. */
export async function createDatabase({
  server = serverUrl(),
  isMigrated = true,
}: DatabaseOptions = {}): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const admin = postgres(server, { max: 1, onnotice: () => undefined });
  await admin.unsafe(`create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  if (isMigrated) await migrate(url.href);
  const sql = postgres(url.href, {
    max: 4,
    onnotice: () => undefined,
    types: { bigint: postgres.BigInt },
  });
  return {
    url: url.href,
    sql,
    async drop() {
      await sql.end({ timeout: 1 });
      await admin.unsafe(`drop database if exists ${name} with (force)`);
      await admin.end();
    },
  };
}
