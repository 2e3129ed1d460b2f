import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { migrate } from '@/server/stores/postgres/migrate';

function serverUrl(): string {
  const url = process.env.TEST_DATABASE_URL;
  if (url === undefined) throw new Error('Run it through node scripts/with-stores.mjs.');
  return url;
}

export interface TestDatabase {
  /** As DATABASE_URL would have it: through the pooler, where the test run has one. */
  readonly url: string;
  /** Straight to the server. */
  readonly directUrl: string;
  readonly sql: postgres.Sql<{ bigint: bigint }>;
  drop(): Promise<void>;
}

export interface DatabaseOptions {
  /** Another server than the one that the test run brought up. */
  readonly server?: string;
  /** A pooler before it. */
  readonly pooler?: string | undefined;
  /** False: nothing is in it yet. */
  readonly isMigrated?: boolean;
}

/** What migrated databases are copies of: made once for each server, whichever file comes first. */
const MIGRATED = 'test_migrated';
const TEMPLATE_LOCK = 7_214_499;

async function ensureTemplate(server: string, admin: postgres.Sql): Promise<void> {
  const isThere = async () =>
    (await admin`select 1 from pg_database where datname = ${MIGRATED}`).length > 0;
  if (await isThere()) return;
  await admin`select pg_advisory_lock(${TEMPLATE_LOCK})`;
  try {
    if (await isThere()) return;
    // Under its name only when it is whole: a migration that fails leaves no template behind.
    const half = `${MIGRATED}_half`;
    await admin.unsafe(`drop database if exists ${half} with (force)`);
    await admin.unsafe(`create database ${half}`);
    await migrate(urlOf(server, half));
    await admin.unsafe(`alter database ${half} rename to ${MIGRATED}`);
  } finally {
    await admin`select pg_advisory_unlock(${TEMPLATE_LOCK})`;
  }
}

function urlOf(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

/** A migrated database of its own, on the real server that the test run brought up. */
export async function createDatabase({
  server = serverUrl(),
  pooler = server === process.env.TEST_DATABASE_URL ? process.env.TEST_POOLER_URL : undefined,
  isMigrated = true,
}: DatabaseOptions = {}): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const admin = postgres(server, { max: 1, onnotice: () => undefined });
  if (isMigrated) await ensureTemplate(server, admin);
  await admin.unsafe(`create database ${name} template ${isMigrated ? MIGRATED : 'template1'}`);
  const directUrl = urlOf(server, name);
  const sql = postgres(directUrl, {
    max: 4,
    onnotice: () => undefined,
    types: { bigint: postgres.BigInt },
  });
  return {
    url: pooler === undefined ? directUrl : urlOf(pooler, name),
    directUrl,
    sql,
    async drop() {
      await sql.end({ timeout: 1 });
      await admin.unsafe(`drop database if exists ${name} with (force)`);
      await admin.end();
    },
  };
}
