// @ts-check
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { aptInstall, mayApt } from './apt.mjs';
import { Refusal, say } from './messages.mjs';
import { keptPort, rememberedPort } from './ports.mjs';
import { endProcess, findOnPath, identify, isAlive, isSame, spawnDetached } from './processes.mjs';
import { redisInfo } from './redis-info.mjs';

/** @typedef {{ pid: number, port: number, url: string }} Redis */
/**
 * @typedef {object} RedisOptions
 * @property {string} dataDir
 * @property {string} server the program's path
 * @property {string} password
 * @property {number} [port] fixed: for a restart under a client that knows it
 */

const READY_MS = 60_000;

/** How to get Redis, for whoever has none. */
export const HOW_TO_GET_REDIS =
  'install redis-server or valkey-server (apt-get install redis-server, brew install redis) or set REDIS_URL';

/**
 * A Redis or Valkey server on the PATH; as root on Debian or Ubuntu it is apt-got, and said so.
 * @returns {Promise<string | null>}
 */
export async function findRedisServer() {
  const names = ['redis-server', 'valkey-server'];
  const found = findOnPath(names);
  if (found !== null || !mayApt()) return found;
  say('No redis-server on the PATH: getting it with apt-get (TALLYGATE_NO_APT=1 forbids that) …');
  if (!(await aptInstall('redis-server'))) say('apt-get could not install redis-server.');
  return findOnPath(names);
}

/**
 * Brings up our Redis, detached and with an append-only file, or takes over one that a killed run
 * left behind. When it resolves, it has loaded its data and answers. Refuses with a sentence.
 * @param {RedisOptions} options
 * @returns {Promise<Redis>}
 */
export async function startRedis(options) {
  const { dataDir, server, password } = options;
  const folder = path.join(dataDir, 'redis');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const left = await takeOver(options, folder);
  if (left) return left;

  const port = options.port ?? (await keptPort(dataDir, 'redis'));
  const config = path.join(folder, 'redis.conf');
  writeFileSync(config, settings(folder, port, password), { mode: 0o600 });
  const logFile = path.join(dataDir, 'redis.log');
  const pid = await spawnDetached(server, [config], { logFile });
  writeFileSync(pidFile(folder), JSON.stringify(identify(pid)));
  if (await answers(pid, port, password)) return handleOf(pid, port, password);
  await stopRedis(pid);
  throw new Refusal(`Redis did not start; its log is ${logFile}.`);
}

/** @param {string} folder @param {number} port @param {string} password */
function settings(folder, port, password) {
  const lines = [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    `dir ${JSON.stringify(folder)}`,
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    'maxmemory-policy noeviction',
    'daemonize no',
  ];
  return `${lines.join('\n')}\n`;
}

/** @param {RedisOptions} options @param {string} folder @returns {Promise<Redis | null>} */
async function takeOver({ dataDir, password, port: wantedPort }, folder) {
  const port = wantedPort ?? rememberedPort(dataDir, 'redis');
  const info = port === null ? null : await redisInfo(port, password);
  // Whoever knows the password that only this data folder holds is ours.
  if (port !== null && info?.ready) return handleOf(info.pid, port, password);
  const recorded = readIdentity(folder);
  if (info) await stopRedis(info.pid);
  else if (recorded && isSame(recorded)) await stopRedis(recorded.pid);
  rmSync(pidFile(folder), { force: true });
  return null;
}

/** @param {string} folder @returns {import('./processes.mjs').ProcessIdentity | null} */
function readIdentity(folder) {
  try {
    return JSON.parse(readFileSync(pidFile(folder), 'utf8'));
  } catch {
    return null;
  }
}

/** @param {string} folder */
const pidFile = (folder) => path.join(folder, 'pid.json');

/** @param {number} pid @param {number} port @param {string} password @returns {Redis} */
const handleOf = (pid, port, password) => ({
  pid,
  port,
  url: `redis://default:${password}@127.0.0.1:${port}`,
});

/** @param {number} pid @param {number} port @param {string} password */
async function answers(pid, port, password) {
  const deadline = Date.now() + READY_MS;
  while (Date.now() < deadline && isAlive(pid)) {
    const info = await redisInfo(port, password);
    if (info?.ready) return info.pid === pid;
    await sleep(30);
  }
  return false;
}

/** Ends a Redis; its append-only file is written out first. @param {number} pid */
export async function stopRedis(pid) {
  await endProcess(pid, [
    ['SIGTERM', 15_000],
    ['SIGKILL', 2_000],
  ]);
}
