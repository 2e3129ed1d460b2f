import path from 'node:path';
import type { Env } from '../../src/env';
import { createSecretBox } from '../../src/server/security/secret-box';
import { createPostgresClient, type Sql } from '../../src/server/stores/postgres/client';
import { createRedisClient, waitUntilReady } from '../../src/server/stores/redis/client';
import { checkLedgerBacklog, checkRedisBacklog } from './checks/backlog';
import { postgresClock, redisClock } from './checks/clocks';
import { checkDisk } from './checks/disk';
import { checkPepper } from './checks/keys';
import { postgresLatency, redisLatency } from './checks/latency';
import { checkMail } from './checks/mail';
import { checkMigrations, shippedMigrations } from './checks/migrations';
import { checkPostgres } from './checks/postgres';
import { checkRedis } from './checks/redis';
import { checkUpstreams } from './checks/upstreams';
import { checkVariables } from './checks/variables';
import { checkNode, checkPostgresVersion } from './checks/versions';
import { type Finding, messageOf, reporter } from './finding';
import { createRedactor } from './redact';
import type { Settings } from './settings';

const REDIS_READY_MS_MAX = 3_000;

/**
 * Looks at everything that a server started with these settings would depend on. Writes no row and
 * no key, and buys nothing. No secret is in what it says.
 */
export async function examine(settings: Settings, shippedIn: string): Promise<Finding[]> {
  const { env, findings } = checkVariables(settings);
  const all = [
    ...findings,
    checkNode(),
    ...(env === null ? [] : await examinePostgres(env, shippedIn)),
    ...(env === null ? [] : await examineRedis(env)),
    ...(env?.SMTP_URL === undefined ? [] : [await checkMail(env.SMTP_URL)]),
    ...(await checkDisk(settings.dataDir)),
  ];
  const redact = createRedactor(settings);
  return all.map((finding) => ({ ...finding, says: redact(finding.says) }));
}

async function examinePostgres(env: Env, shippedIn: string): Promise<Finding[]> {
  const report = reporter('postgres');
  const postgres = createPostgresClient(env.DATABASE_URL, { connectionsMax: 2 });
  const { sql } = postgres;
  try {
    await sql`select 1`;
    return [
      await checkPostgresVersion(sql),
      ...(await checkPostgres(sql, env.WORKERS)),
      ...(await examineLedger(sql, env, shippedIn)),
      await postgresClock(sql),
      ...(await postgresLatency(sql)),
    ];
  } catch (error) {
    const says = `DATABASE_URL leads to no PostgreSQL that serves us (${messageOf(error)})`;
    return [report.fail(says, 'Start it, or see address, user, password and database')];
  } finally {
    await postgres.close();
  }
}

/** Only a schema of this build can be asked further. */
async function examineLedger(sql: Sql, env: Env, shippedIn: string): Promise<Finding[]> {
  const shipped = shippedMigrations(path.join(shippedIn, 'drizzle'));
  const migrations = await checkMigrations(sql, shipped);
  if (migrations.some(({ verdict }) => verdict === 'fail')) return migrations;
  const secretBox = createSecretBox(env.ENCRYPTION_KEY, env.ENCRYPTION_KEY_PREVIOUS);
  return [
    ...migrations,
    ...(await checkLedgerBacklog(sql)),
    ...(await checkPepper(sql, secretBox, env.ENCRYPTION_KEY)),
    ...(await checkUpstreams(sql, secretBox)),
  ];
}

async function examineRedis(env: Env): Promise<Finding[]> {
  const report = reporter('redis');
  if (env.REDIS_URL === 'off') {
    const says = 'off: Postgres judges quota, right but slower, and a repeat costs it more';
    return [report.warn(says, 'Install redis-server or valkey-server, or set REDIS_URL')];
  }
  const redis = createRedisClient(env.REDIS_URL, env.REDIS_CLUSTER === '1');
  let why = 'no answer';
  redis.on('error', (error) => {
    why = redisFault(error);
  });
  try {
    if (!(await waitUntilReady(redis, REDIS_READY_MS_MAX))) {
      const says = `REDIS_URL leads to no Redis that serves us (${why}): Postgres judges quota meanwhile`;
      return [report.fail(says, 'Start it, or see address, user and password')];
    }
    return [
      ...(await checkRedis(redis)),
      await checkRedisBacklog(redis),
      await redisClock(redis),
      await redisLatency(redis),
    ];
  } catch (error) {
    return [
      report.fail(`could not be asked (${messageOf(error)})`, 'See its log and its ACL rules'),
    ];
  } finally {
    redis.disconnect();
  }
}

/** A cluster's client wraps what a node said in an error that says nothing. */
const redisFault = (error: unknown): string =>
  messageOf(
    error instanceof Error && 'lastNodeError' in error && error.lastNodeError instanceof Error
      ? error.lastNodeError
      : error,
  );
