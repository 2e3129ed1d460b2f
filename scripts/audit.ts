// npm run audit: checks the invariants over a live database of any size, and Redis against it.
//   -- --json      the report as JSON on stdout, nothing else
//   -- --repair    builds what differs in Redis anew from Postgres, never the other way round
//   -- --rebuild-usage   first brings the usage roll-up to what the ledger's rows come to
// Reads only, but for these two. Exit 0: all hold; 1: one does not, its tenants named; 2: could not look.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { withFiles } from '../src/env-files';
import type { AuditReport, AuditRun, AuditViolation } from '../src/server/domain/ports/audit';
import { auditLedger } from '../src/server/stores/postgres/audit';
import { createPostgresClient, type Sql } from '../src/server/stores/postgres/client';
import { rebuildUsage } from '../src/server/stores/postgres/usage-rebuild';
import {
  createRedisClient,
  type RedisClient,
  waitUntilReady,
} from '../src/server/stores/redis/client';
import { createQuotaStoreReader, noQuotaStore } from '../src/server/stores/redis/read-store';
import { parseOptions } from '../tools/parse-options';
import { createProgress, type Progress } from '../tools/progress';
import { repairOf } from './lib/audit-repair';

const REDIS_READY_MS_MAX = 3000;

const quickstart = z.object({ databaseUrl: z.string(), redisUrl: z.string().nullable() });

interface Stores {
  readonly databaseUrl: string;
  readonly redisUrl: string | null;
}

interface Wishes {
  readonly json: boolean;
  readonly repair: boolean;
  readonly 'rebuild-usage': boolean;
}

/** From the environment and the files that it names, else from what `npm start` wrote down. */
function findStores(all: NodeJS.ProcessEnv): Stores {
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
  const { variables: env, faults } = withFiles(given);
  if (faults.length > 0) throw new Error(`${faults.join('; ')}.`);
  if (env.DATABASE_URL) return { databaseUrl: env.DATABASE_URL, redisUrl: env.REDIS_URL || null };
  const file = path.join(env.TALLYGATE_DATA_DIR || '.data', 'quickstart.json');
  try {
    return quickstart.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    throw new Error(`Set DATABASE_URL, or run npm start first: there is no usable ${file}.`);
  }
}

async function run(stores: Stores, wishes: Wishes): Promise<AuditRun> {
  const postgres = createPostgresClient(stores.databaseUrl, { connectionsMax: 2 });
  const redis = await connect(stores.redisUrl);
  try {
    if (wishes.repair && redis === null) {
      throw new Error('there is no Redis in reach to repair.');
    }
    return await audit(postgres.sql, redis, wishes);
  } finally {
    redis?.disconnect();
    await postgres.close();
  }
}

/** Null where there is none, or none in reach: the report says that nothing was compared. */
async function connect(url: string | null): Promise<RedisClient | null> {
  if (url === null || url === 'off') return null;
  const redis = createRedisClient(url, process.env.REDIS_CLUSTER === '1');
  if (await waitUntilReady(redis, REDIS_READY_MS_MAX)) return redis;
  redis.disconnect();
  return null;
}

async function audit(sql: Sql, redis: RedisClient | null, wishes: Wishes): Promise<AuditRun> {
  const shown: { progress: Progress | null } = { progress: null };
  const say = (line: string) => {
    shown.progress?.clear();
    if (!wishes.json) console.log(line);
  };
  if (wishes['rebuild-usage']) say(`${await rebuildUsage(sql)} sums of usage mended`);
  const repair = redis !== null && wishes.repair ? repairOf(sql, redis) : null;
  const result = await auditLedger(
    sql,
    redis === null ? noQuotaStore : createQuotaStoreReader(redis),
    {
      onViolation: (invariant, violation) => say(sentence(invariant, violation)),
      onProgress({ checked, total }) {
        shown.progress ??= createProgress({ what: 'tenants', total });
        shown.progress.at(checked);
      },
      ...(repair === null
        ? {}
        : {
            async repair(tenantId) {
              await repair(tenantId);
              say(`rebuilt tenant ${tenantId}'s hash in Redis from Postgres`);
            },
          }),
    },
  );
  shown.progress?.clear();
  return result;
}

const sentence = (invariant: string, { tenantId, subject, expected, found }: AuditViolation) =>
  `${invariant}: tenant ${tenantId}: ${subject} is ${found}, expected ${expected}`;

function print({ invariants }: AuditReport): void {
  for (const { name, ok, checked, broken, compared, note } of invariants) {
    const verdict = compared === false ? 'UNSEEN' : ok ? 'holds ' : 'BROKEN';
    const figures = [`${checked} checked`, ...(ok ? [] : [`${broken} violations`])].join(', ');
    console.log(
      `${ok ? verdict : 'BROKEN'}  ${name.padEnd(22)} ${figures}${note ? `; ${note}` : ''}`,
    );
  }
}

try {
  const { values } = parseOptions({
    options: {
      json: { type: 'boolean', default: false },
      repair: { type: 'boolean', default: false },
      'rebuild-usage': { type: 'boolean', default: false },
    },
  });
  const { report, isWhole, tenants } = await run(findStores(process.env), values);
  if (values.json) console.log(JSON.stringify(report));
  else print(report);
  if (!isWhole) {
    throw new Error(`it was cut short after ${tenants.checked} of ${tenants.total} tenants.`);
  }
  process.exitCode = report.ok ? 0 : 1;
} catch (error) {
  const isExplained = error instanceof Error && error.message !== '';
  console.error(`Could not audit: ${isExplained ? error.message : String(error)}`);
  process.exitCode = 2;
}
