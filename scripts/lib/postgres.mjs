// @ts-check
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, Refusal, reasonOf } from './messages.mjs';
import { keptPort } from './ports.mjs';
import { postgresBinaries } from './postgres-binaries.mjs';
import { ensureCluster, postgresEnv } from './postgres-cluster.mjs';
import { postgresHome } from './postgres-home.mjs';
import { clearHalfMade, clearLeftovers, runningPostmaster } from './postgres-leftovers.mjs';
import { endProcess, isAlive, spawnDetached } from './processes.mjs';

/** @typedef {{ pid: number, port: number, url: string, superuserUrl: string, home: string }} Postgres */
/** @typedef {{ superuser: string, app: string }} Passwords */
/**
 * @typedef {object} PostgresOptions
 * @property {string} dataDir
 * @property {Passwords} passwords
 * @property {number} [port] fixed: for a restart under a client that knows it
 * @property {boolean} [durable] false: throwaway data, no waiting for the disk
 */

const DATABASE = 'tallygate';
const READY_MS = 60_000;
const TAKE_OVER_MS = 10_000;

/**
 * Brings up our PostgreSQL, detached, or takes over one that a killed run left behind. When it
 * resolves, it answers, and the database and its owner exist. Refuses with a sentence.
 * @param {PostgresOptions} options
 * @returns {Promise<Postgres>}
 */
export async function startPostgres(options) {
  const { dataDir, passwords, durable = true } = options;
  const { home, user } = postgresHome(dataDir);
  const cluster = path.join(home, 'postgres');
  const left = await takeOver(cluster, passwords, options.port);
  if (left) return handleOf(left, passwords, home);

  const binaries = postgresBinaries(user);
  await clearHalfMade(cluster);
  ensureCluster(cluster, binaries, user, passwords.superuser, durable);
  await clearLeftovers(cluster);
  const port = options.port ?? (await keptPort(dataDir, 'postgres'));
  const logFile = path.join(dataDir, 'postgres.log');
  const args = ['-D', cluster, ...settings(port, durable)];
  const pid = await spawnDetached(binaries.postgres, args, { logFile, user, env: postgresEnv() });
  const failure = await answers({ pid, port }, passwords, Date.now() + READY_MS);
  if (failure === null) return handleOf({ pid, port }, passwords, home);
  await stopPostgres(pid);
  throw new Refusal(`PostgreSQL did not start: ${failure} Its log is ${logFile}.`);
}

/**
 * @param {string} cluster
 * @param {Passwords} passwords
 * @param {number | undefined} wantedPort
 */
async function takeOver(cluster, passwords, wantedPort) {
  const left = runningPostmaster(cluster);
  if (left === null) return null;
  const rightPort = wantedPort === undefined || wantedPort === left.port;
  if (rightPort && left.port > 0) {
    const failure = await answers(left, passwords, Date.now() + TAKE_OVER_MS);
    if (failure === null) return left;
  }
  await stopPostgres(left.pid);
  return null;
}

/** @param {{ pid: number, port: number }} server @param {Passwords} passwords @param {string} home */
function handleOf({ pid, port }, passwords, home) {
  return {
    pid,
    port,
    home,
    url: urlOf(DATABASE, passwords.app, port, DATABASE),
    superuserUrl: urlOf('postgres', passwords.superuser, port, 'postgres'),
  };
}

/** @param {string} user @param {string} password @param {number} port @param {string} database */
const urlOf = (user, password, port, database) =>
  `postgres://${user}:${password}@127.0.0.1:${port}/${database}`;

/** @param {number} port @param {boolean} durable */
function settings(port, durable) {
  const values = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: durable ? 200 : 400,
    shared_buffers: '128MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/**
 * Waits until the server serves us, then makes sure of the database and its owner.
 * @param {{ pid: number, port: number }} server
 * @param {Passwords} passwords
 * @param {number} deadline
 * @returns {Promise<string | null>} why not, as a sentence
 */
async function answers({ pid, port }, passwords, deadline) {
  const { default: connect } = await import('postgres');
  const url = urlOf('postgres', passwords.superuser, port, 'postgres');
  for (let pauseMs = 20; ; pauseMs = Math.min(pauseMs * 1.5, 250)) {
    const sql = connect(url, { max: 1, connect_timeout: 2, onnotice: () => undefined });
    try {
      await provide(sql, passwords.app);
      return null;
    } catch (error) {
      if (codeOf(error) === '28P01') return 'its data was made with another secrets.json.';
      if (!isAlive(pid)) return 'it ended at once.';
      if (Date.now() > deadline) return `it does not answer (${reasonOf(error)}).`;
    } finally {
      await sql.end({ timeout: 1 });
    }
    await sleep(pauseMs);
  }
}

/** @param {import('postgres').Sql} sql @param {string} password */
async function provide(sql, password) {
  const [role] = await sql`select 1 from pg_roles where rolname = ${DATABASE}`;
  // Our passwords are letters and digits only, and a role's cannot be a parameter.
  if (!role) await sql.unsafe(`create role ${DATABASE} login password '${password}'`);
  const [database] = await sql`select 1 from pg_database where datname = ${DATABASE}`;
  if (!database) await sql.unsafe(`create database ${DATABASE} owner ${DATABASE}`);
}

/** Ends a postmaster: clients are cut off, the data is clean. @param {number} pid */
export async function stopPostgres(pid) {
  await endProcess(pid, [
    ['SIGINT', 15_000],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 2_000],
  ]);
}
