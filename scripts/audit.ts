// npm run audit: checks the ledger's invariants over a live database, and Redis against it.
// Reads only. Exit 0: all hold; 1: one does not, with its tenants named; 2: could not look.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { AuditReport, ReadQuotaHash } from '../src/server/domain/ports/audit';
import { auditLedger } from '../src/server/stores/postgres/audit';
import { createPostgresClient } from '../src/server/stores/postgres/client';
import { createRedisClient, waitUntilReady } from '../src/server/stores/redis/client';
import { quotaKey } from '../src/server/stores/redis/keys';

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

async function run({ databaseUrl, redisUrl }: Stores): Promise<AuditReport> {
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
    return await auditLedger(postgres.sql, readHash);
  } finally {
    redis?.disconnect();
    await postgres.close();
  }
}

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
  const report = await run(findStores(process.env));
  print(report);
  process.exitCode = report.ok ? 0 : 1;
} catch (error) {
  const isExplained = error instanceof Error && error.message !== '';
  console.error(`Could not audit: ${isExplained ? error.message : String(error)}`);
  process.exitCode = 2;
}
