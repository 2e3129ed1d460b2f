// @ts-check
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { say } from './messages.mjs';
import { startPostgres, stopPostgres } from './postgres.mjs';
import { findRedisServer, HOW_TO_GET_REDIS, startRedis, stopRedis } from './redis.mjs';
import { variable } from './settings.mjs';
import { startSimulator, stopSimulator } from './simulator.mjs';
import { keepRunning } from './supervisor.mjs';

/** @typedef {{ program: string, loaders: readonly string[] }} SimulatorProgram */
/**
 * @typedef {object} Part something that we started and keep running
 * @property {number} pid
 * @property {string} url
 * @property {(pid: number) => Promise<void>} stop
 * @property {() => Promise<number>} restart at the same address; resolves to the new pid
 * @property {(serverPid: number) => void} [follow]
 */
/** @typedef {'PostgreSQL' | 'Redis' | 'The simulator'} PartName */
/** @typedef {Map<PartName, Part>} Parts */
/** @typedef {{ dataDir: string, secrets: import('./secrets.mjs').Secrets }} Place */
/**
 * @typedef {object} Stack
 * @property {string} databaseUrl
 * @property {string | null} redisUrl null: Postgres-only mode
 * @property {string | null} simulatorUrl
 * @property {() => { postgres?: number, redis?: number }} pids of the stores that are ours
 * @property {(serverPid: number) => void} follow the simulator outlives a killed start until then
 * @property {(onChange: () => void) => void} keepUp from now on brings up again what dies
 * @property {() => Promise<void>} stop the simulator first, then the stores
 */

/**
 * Brings up, side by side, whatever no variable points at. When one fails, the others are stopped.
 * @param {Place} place
 * @param {SimulatorProgram} simulatorProgram
 * @returns {Promise<Stack>}
 */
export async function bringUp(place, simulatorProgram) {
  /** @type {Parts} */
  const parts = new Map();
  const own = async (/** @type {PartName} */ name, /** @type {Promise<Part | null>} */ made) => {
    const part = await made;
    if (part) parts.set(name, part);
  };
  const outcomes = await Promise.allSettled([
    own('PostgreSQL', ownPostgres(place)),
    own('Redis', ownRedis(place)),
    own('The simulator', ownSimulator(place, simulatorProgram)),
  ]);
  const stack = makeStack(parts);
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') continue;
    await stack.stop();
    throw outcome.reason;
  }
  return stack;
}

/** @param {Place} place @returns {Promise<Part | null>} */
async function ownPostgres({ dataDir, secrets }) {
  if (variable('DATABASE_URL')) return null;
  const passwords = { superuser: secrets.postgresSuperuserPassword, app: secrets.postgresPassword };
  const { pid, port, url } = await startPostgres({ dataDir, passwords });
  const restart = async () => (await startPostgres({ dataDir, passwords, port })).pid;
  return { pid, url, stop: stopPostgres, restart };
}

/** @param {Place} place @returns {Promise<Part | null>} */
async function ownRedis({ dataDir, secrets }) {
  if (variable('REDIS_URL')) return null;
  const server = await findRedisServer();
  if (server === null) {
    say(`No Redis found: PostgreSQL alone is used. For Redis, ${HOW_TO_GET_REDIS}.`);
    return null;
  }
  const options = { dataDir, server, password: secrets.redisPassword };
  const { pid, port, url } = await startRedis(options);
  const restart = async () => (await startRedis({ ...options, port })).pid;
  return { pid, url, stop: stopRedis, restart };
}

/**
 * The simulator serves when no upstream is configured from outside, and stays once it was seeded.
 * @param {Place} place
 * @param {SimulatorProgram} program
 * @returns {Promise<Part | null>}
 */
async function ownSimulator({ dataDir }, program) {
  const seeded = path.join(dataDir, 'simulator-seeded');
  const isConfigured = Boolean(variable('OPENAI_API_KEY') ?? variable('OPENAI_BASE_URL'));
  if (variable('TALLYGATE_SIMULATOR_URL') || (isConfigured && !existsSync(seeded))) return null;
  const options = { dataDir, ...program };
  let current = await startSimulator(options);
  writeFileSync(seeded, '');
  let serverPid = 0;
  return {
    pid: current.pid,
    url: current.url,
    stop: stopSimulator,
    restart: async () => {
      current = await startSimulator({ ...options, port: current.port });
      current.follow(serverPid);
      return current.pid;
    },
    follow: (pid) => {
      serverPid = pid;
      current.follow(pid);
    },
  };
}

/** @param {Parts} parts @returns {Stack} */
function makeStack(parts) {
  /** @type {Map<PartName, import('./supervisor.mjs').Supervised>} */
  const watched = new Map();
  const pidOf = (/** @type {PartName} */ name) => watched.get(name)?.pid() ?? parts.get(name)?.pid;
  const stopPart = async (/** @type {PartName} */ name) => {
    const pid = (await watched.get(name)?.release()) ?? parts.get(name)?.pid;
    if (pid !== undefined) await parts.get(name)?.stop(pid);
  };
  const redisUrl = variable('REDIS_URL') ?? parts.get('Redis')?.url ?? 'off';
  return {
    databaseUrl: variable('DATABASE_URL') ?? parts.get('PostgreSQL')?.url ?? '',
    redisUrl: redisUrl === 'off' ? null : redisUrl,
    simulatorUrl: variable('TALLYGATE_SIMULATOR_URL') ?? parts.get('The simulator')?.url ?? null,
    pids: () => {
      const postgres = pidOf('PostgreSQL');
      const redis = pidOf('Redis');
      return { ...(postgres ? { postgres } : {}), ...(redis ? { redis } : {}) };
    },
    follow: (serverPid) => parts.get('The simulator')?.follow?.(serverPid),
    keepUp: (onChange) => {
      for (const [name, { pid, restart }] of parts) {
        watched.set(name, keepRunning(name, pid, restart, onChange));
      }
    },
    stop: async () => {
      await stopPart('The simulator');
      await Promise.all([stopPart('Redis'), stopPart('PostgreSQL')]);
    },
  };
}
