import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import postgres from 'postgres';
import { repairOf } from '../../scripts/lib/audit-repair';
import { parseTenantId, type TenantId } from '../../src/server/domain/ids';
import type { AuditRun } from '../../src/server/domain/ports/audit';
import { auditLedger } from '../../src/server/stores/postgres/audit';
import { createPostgresClient, type Sql } from '../../src/server/stores/postgres/client';
import { migrate } from '../../src/server/stores/postgres/migrate';
import { createRedisClient, waitUntilReady } from '../../src/server/stores/redis/client';
import { createQuotaStoreReader } from '../../src/server/stores/redis/read-store';
import { countRows, differences, readFigures, type TableFigures } from './figures';
import { type DumpPrograms, howToGetPrograms, runOnDatabase } from './programs';

const REDIS_READY_MS_MAX = 3_000;

export interface DrillOptions {
  /** Read in one read-only snapshot, and never written. */
  readonly sourceUrl: string;
  /** A server on which a database may be made. */
  readonly targetServerUrl: string;
  /** Emptied, then built anew. */
  readonly redisUrl: string;
  readonly programs: DumpPrograms;
  readonly say: (line: string) => void;
  /** Called once the dump is there. */
  readonly onDumped?: () => Promise<void>;
}

export interface Drilled {
  readonly ok: boolean;
  readonly restoredUrl: string;
  readonly rows: bigint;
  readonly tenants: number;
  readonly dumpMs: number;
  readonly dumpBytes: number;
  readonly restoreMs: number;
  readonly rebuildMs: number;
  /** Tables that came back otherwise than they were. */
  readonly different: readonly string[];
  readonly audit: AuditRun;
}

/**
 * The whole way back: a dump of the source, restored into a new database, migrated as a start does,
 * Redis built anew from it, and audited. Throws a sentence where a step cannot be taken.
 */
export async function drill(options: DrillOptions): Promise<Drilled> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tallygate-drill-'));
  try {
    const file = path.join(folder, 'ledger.dump');
    const dumped = await dump(options, file);
    options.say(
      `dumped     ${countRows(dumped.figures)} rows of ${dumped.figures.length} tables in ${seconds(dumped.ms)}, ${statSync(file).size} bytes`,
    );
    await options.onDumped?.();
    const restoredUrl = await createDatabase(options.targetServerUrl);
    const restored = await restore(options, file, restoredUrl);
    const different = differences(dumped.figures, restored.figures);
    options.say(
      `restored   in ${seconds(restored.ms)}; ${different.length === 0 ? 'every table is the same, row by row' : `DIFFERENT: ${different.join(', ')}`}`,
    );
    await migrate(restoredUrl);
    const rebuilt = await rebuildAndAudit(restoredUrl, options.redisUrl);
    options.say(`rebuilt    ${rebuilt.tenants} tenants in Redis in ${seconds(rebuilt.ms)}`);
    const { report } = rebuilt.audit;
    const broken = report.invariants.filter(({ ok }) => !ok).map(({ name }) => name);
    options.say(
      `audited    ${report.invariants.length} invariants: ${broken.length === 0 ? 'all hold' : `BROKEN: ${broken.join(', ')}`}`,
    );
    return {
      ok: different.length === 0 && report.ok && rebuilt.audit.isWhole,
      restoredUrl,
      rows: countRows(restored.figures),
      tenants: rebuilt.tenants,
      dumpMs: dumped.ms,
      dumpBytes: statSync(file).size,
      restoreMs: restored.ms,
      rebuildMs: rebuilt.ms,
      different,
      audit: rebuilt.audit,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** The figures are of the very snapshot that is dumped, whatever is written meanwhile. */
async function dump({ sourceUrl, programs }: DrillOptions, file: string) {
  const sql = connect(sourceUrl);
  try {
    return await sql.begin('isolation level repeatable read read only', async (tx) => {
      const [row] = await tx<{ snapshot: string; version: number }[]>`
        select pg_export_snapshot() as snapshot,
          current_setting('server_version_num')::int / 10000 as version`;
      if (row === undefined) throw new Error('no snapshot');
      if (row.version > programs.major) {
        throw new Error(
          `The source is PostgreSQL ${row.version} and pg_dump ${programs.major}: ${howToGetPrograms(row.version)}.`,
        );
      }
      const begunMs = performance.now();
      const args = [
        '--format=custom',
        '--no-owner',
        '--no-privileges',
        `--snapshot=${row.snapshot}`,
      ];
      await runOnDatabase(programs.dump, [...args, `--file=${file}`], sourceUrl);
      return { ms: performance.now() - begunMs, figures: await readFigures(tx) };
    });
  } finally {
    await sql.end({ timeout: 5 });
  }
}

async function createDatabase(serverUrl: string): Promise<string> {
  const name = `drill_${randomBytes(6).toString('hex')}`;
  const sql = connect(serverUrl);
  try {
    await sql.unsafe(`create database ${name} template template0`);
  } finally {
    await sql.end({ timeout: 5 });
  }
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function restore({ programs }: DrillOptions, file: string, url: string) {
  const begunMs = performance.now();
  const args = ['--no-owner', '--no-privileges', '--exit-on-error', '--jobs=2', file];
  await runOnDatabase(programs.restore, args, url);
  const ms = performance.now() - begunMs;
  const sql = connect(url);
  try {
    await sql`analyze`;
    const figures: TableFigures[] = await sql.begin((tx) => readFigures(tx));
    return { ms, figures };
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** As after the loss of Redis: every tenant's hash from the ledger, then the audit over both. */
async function rebuildAndAudit(databaseUrl: string, redisUrl: string) {
  const client = createPostgresClient(databaseUrl, { connectionsMax: 4 });
  const redis = createRedisClient(redisUrl, false);
  try {
    if (!(await waitUntilReady(redis, REDIS_READY_MS_MAX)))
      throw new Error('Redis is out of reach');
    await redis.flushdb();
    const begunMs = performance.now();
    const repair = repairOf(client.sql, redis);
    const tenants = await tenantsOf(client.sql);
    for (const tenantId of tenants) await repair(tenantId);
    const ms = performance.now() - begunMs;
    const audit = await auditLedger(client.sql, createQuotaStoreReader(redis));
    return { ms, tenants: tenants.length, audit };
  } finally {
    redis.disconnect();
    await client.close();
  }
}

async function tenantsOf(sql: Sql): Promise<TenantId[]> {
  const rows = await sql<{ id: string }[]>`select id from tenant order by id`;
  return rows.map(({ id }) => parseTenantId(id)).filter((id) => id !== null);
}

const connect = (url: string): Sql =>
  postgres(url, { max: 1, onnotice: () => undefined, types: { bigint: postgres.BigInt } });
