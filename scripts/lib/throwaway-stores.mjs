// @ts-check
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { letStoresIn } from './data-dir.mjs';
import { Refusal } from './messages.mjs';
import { startPostgres, stopPostgres } from './postgres.mjs';
import { postgresHome } from './postgres-home.mjs';
import { runningPostmaster } from './postgres-leftovers.mjs';
import { identify, isSame } from './processes.mjs';
import { findRedisServer, HOW_TO_GET_REDIS, startRedis, stopRedis } from './redis.mjs';
import { randomToken } from './secrets.mjs';

const PREFIX = 'tallygate-test-';
const MAKING_MS_MAX = 60_000;

/**
 * A real PostgreSQL and a real Redis with empty data in a temporary folder, for tests.
 * @param {{ durable?: boolean }} [options] durable: a commit waits for the disk, as in production
 * @returns {Promise<{ env: Record<string, string>, stop: () => Promise<void> }>} the variables that
 *   tests read; stop ends both and deletes the data
 */
export async function startThrowawayStores({ durable = false } = {}) {
  const server = await findRedisServer();
  if (server === null) throw new Refusal(`The tests need a Redis: ${HOW_TO_GET_REDIS}.`);
  await sweepAbandoned();
  const folder = mkdtempSync(path.join(os.tmpdir(), PREFIX));
  letStoresIn(folder);
  writeFileSync(ownerFile(folder), JSON.stringify(identify(process.pid)));
  const password = randomToken(24);
  const [postgres, redis] = await Promise.allSettled([
    startPostgres({
      dataDir: folder,
      passwords: { superuser: password, app: password },
      durable,
    }),
    startRedis({ dataDir: folder, server, password }),
  ]);
  const stop = async () => {
    await Promise.all([
      postgres.status === 'fulfilled' ? stopPostgres(postgres.value.pid) : null,
      redis.status === 'fulfilled' ? stopRedis(redis.value.pid) : null,
    ]);
    discard(folder);
  };
  if (postgres.status === 'fulfilled' && redis.status === 'fulfilled') {
    const env = {
      TEST_DATABASE_URL: postgres.value.superuserUrl,
      TEST_REDIS_URL: redis.value.url,
      TEST_REDIS_SERVER: server,
    };
    return { env, stop };
  }
  await stop();
  throw postgres.status === 'rejected'
    ? postgres.reason
    : redis.status === 'rejected' && redis.reason;
}

/** @param {string} folder */
const ownerFile = (folder) => path.join(folder, 'owner.json');

/** @param {string} folder */
function discard(folder) {
  const { home } = postgresHome(folder);
  rmSync(home, { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
}

/** @param {string} folder */
function isInUse(folder) {
  const owner = readIdentity(ownerFile(folder));
  const isBeingMade = Date.now() - statSync(folder).mtimeMs < MAKING_MS_MAX;
  return owner === null ? isBeingMade : isSame(owner);
}

/** Ends and deletes the stores of test runs that were killed. */
async function sweepAbandoned() {
  for (const name of readdirSync(os.tmpdir())) {
    const folder = path.join(os.tmpdir(), name);
    if (!name.startsWith(PREFIX) || isInUse(folder)) continue;
    const { home } = postgresHome(folder);
    const postmaster = runningPostmaster(path.join(home, 'postgres'));
    const redis = readIdentity(path.join(folder, 'redis', 'pid.json'));
    if (postmaster) await stopPostgres(postmaster.pid);
    if (redis && isSame(redis)) await stopRedis(redis.pid);
    discard(folder);
  }
}

/** @param {string} file @returns {import('./processes.mjs').ProcessIdentity | null} */
function readIdentity(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}
