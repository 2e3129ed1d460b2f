// npm run audit: checks the ledger's invariants over a live database, and Redis against it.
// Reads only, unless --repair: then hashes of Redis that differ are built anew from Postgres, never
// the other way round. Exit 0: all hold; 1: one does not, with its tenants named; 2: could not look.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { AuditReport, AuditViolation, ReadQuotaHash } from '../src/server/domain/ports/audit';
import { reconcile } from '../src/server/gateway/reconcile';
import { auditLedger } from '../src/server/stores/postgres/audit';
import { createPostgresClient, type Sql } from '../src/server/stores/postgres/client';
import { createPostgresLedger } from '../src/server/stores/postgres/ledger';
import {
  createRedisClient,
  type RedisClient,
  waitUntilReady,
} from '../src/server/stores/redis/client';
import { createRedisKeeper } from '../src/server/stores/redis/keeper';
import { quotaKey } from '../src/server/stores/redis/keys';
import { createRedisQuotaStore } from '../src/server/stores/redis/quota-store';
import { rebuildHash } from '../src/server/stores/redis/rebuild';
import { createScriptRunner } from '../src/server/stores/redis/scripts';

const REDIS_READY_MS_MAX = 3000;
const SHOWN_MAX = 20;

const quickstart = z.object({ databaseUrl: z.string(), redisUrl: z.string().nullable() });

interface Stores {
  readonly databaseUrl: string;
  readonly redisUrl: string | null;
}

/** From the environment, else from what `npm start` wrote down. */
function findStores(env: NodeJS.ProcessEnv): Stores {
  if (env.DATABASE_URL) return { databaseUrl: env.DATABASE_URL, redisUrl: env.REDIS_URL || null };
  const file = path.join(env.TALLYGATE_DATA_DIR || '.data', 'quickstart.json');
  try {
    return quickstart.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    throw new Error(`Set DATABASE_URL, or run npm start first: there is no usable ${file}.`);
  }
}

async function run({ databaseUrl, redisUrl }: Stores, isRepair: boolean): Promise<AuditReport> {
  const postgres = createPostgresClient(databaseUrl, { connectionsMax: 2 });
  const redis =
    redisUrl === null || redisUrl === 'off'
      ? null
      : createRedisClient(redisUrl, process.env.REDIS_CLUSTER === '1');
  try {
    const isRedisThere = redis !== null && (await waitUntilReady(redis, REDIS_READY_MS_MAX));
    if (redis !== null && !isRedisThere) console.log('Redis is out of reach: it is not compared.');
    const readHash: ReadQuotaHash = async (tenantId) =>
      isRedisThere ? redis.hgetall(quotaKey(tenantId)).catch(() => null) : null;
    const report = await auditLedger(postgres.sql, readHash);
    if (!isRepair || !isRedisThere) return report;
    return await repaired(report, postgres.sql, redis, readHash);
  } finally {
    redis?.disconnect();
    await postgres.close();
  }
}

const ROUNDS_MAX = 1_000;

/** Rebuilds the hashes that a report names, which are a hundred at most, until none is left. */
async function repaired(
  first: AuditReport,
  sql: Sql,
  redis: RedisClient,
  readHash: ReadQuotaHash,
): Promise<AuditReport> {
  const ledger = createPostgresLedger(sql);
  const scripts = createScriptRunner(redis, () => undefined);
  const store = createRedisQuotaStore(scripts, (tenantId) => ledger.snapshot(tenantId));
  const keeper = createRedisKeeper(redis, scripts, store);
  let report = first;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const tenants = new Set(differing(report).map((violation) => violation.tenantId));
    if (tenants.size === 0) break;
    await reconcile({ ledger, quota: store, keeper, onDrift: () => undefined });
    for (const tenantId of tenants) {
      await rebuildHash(redis, store, tenantId);
      console.log(`rebuilt tenant ${tenantId}'s hash in Redis from Postgres`);
    }
    report = await auditLedger(sql, readHash);
  }
  return report;
}

const differing = (report: AuditReport): readonly AuditViolation[] =>
  report.invariants.find(({ name }) => name === 'stores_agree')?.violations ?? [];

function print(report: AuditReport): void {
  for (const { name, ok, checked, violations } of report.invariants) {
    console.log(`${ok ? 'holds ' : 'BROKEN'}  ${name.padEnd(22)} ${checked} checked`);
    for (const violation of violations.slice(0, SHOWN_MAX)) {
      const { tenantId, subject, expected, found } = violation;
      console.log(`        tenant ${tenantId}: ${subject} is ${found}, expected ${expected}`);
    }
    const hidden = violations.length - SHOWN_MAX;
    if (hidden > 0) console.log(`        and ${hidden} more`);
  }
}

try {
  const report = await run(findStores(process.env), process.argv.includes('--repair'));
  print(report);
  process.exitCode = report.ok ? 0 : 1;
} catch (error) {
  const isExplained = error instanceof Error && error.message !== '';
  console.error(`Could not audit: ${isExplained ? error.message : String(error)}`);
  process.exitCode = 2;
}
