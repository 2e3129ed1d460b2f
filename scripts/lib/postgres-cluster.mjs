// @ts-check
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { Refusal } from './messages.mjs';

/** @typedef {import('./processes.mjs').User} User */

const CLUSTER_BYTES = 150_000_000;

/**
 * Makes the cluster unless it exists. It is made aside, where no other start makes one, and renamed,
 * so that a killed run leaves no half one (clearHalfMade in postgres-leftovers.mjs removes it).
 * @param {string} cluster
 * @param {import('./postgres-binaries.mjs').PostgresBinaries} binaries
 * @param {User | null} user
 * @param {string} password the superuser's
 * @param {boolean} durable
 */
export function ensureCluster(cluster, binaries, user, password, durable) {
  if (existsSync(path.join(cluster, 'PG_VERSION'))) return requireVersion(cluster, binaries.major);
  requireSpace(path.dirname(cluster));
  const unfinished = `${halfMadePrefix(cluster)}${randomBytes(4).toString('hex')}`;
  const passwordFile = `${unfinished}.password`;
  mkdirSync(unfinished, { mode: 0o700 });
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (user) for (const file of [unfinished, passwordFile]) chownSync(file, user.uid, user.gid);
  try {
    initialise(binaries.initdb, unfinished, passwordFile, user, durable);
    renameSync(unfinished, cluster);
  } finally {
    rmSync(passwordFile, { force: true });
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** How the paths of clusters in the making begin. @param {string} cluster */
export const halfMadePrefix = (cluster) => `${cluster}.new-`;

/**
 * @param {string} initdb
 * @param {string} folder
 * @param {string} passwordFile
 * @param {User | null} user
 * @param {boolean} durable
 */
function initialise(initdb, folder, passwordFile, user, durable) {
  const locale = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const access = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  const args = [`--pgdata=${folder}`, '--encoding=UTF8', ...locale, ...access, '--no-instructions'];
  const made = spawnSync(initdb, durable ? args : [...args, '--no-sync'], {
    cwd: '/',
    encoding: 'utf8',
    env: postgresEnv(),
    ...(user ?? {}),
  });
  if (made.status === 0) return;
  const lines = `${made.error?.message ?? made.stderr ?? ''}`.trim().split('\n');
  const why = lines.find((line) => /error|fatal|could not/i.test(line)) ?? lines[0] ?? '';
  throw new Refusal(`PostgreSQL's data could not be set up in ${folder}: ${why}`);
}

/** What PostgreSQL's programs get to see of our environment. @returns {NodeJS.ProcessEnv} */
export function postgresEnv() {
  return { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

/** @param {string} cluster @param {string} major */
function requireVersion(cluster, major) {
  const made = readFileSync(path.join(cluster, 'PG_VERSION'), 'utf8').trim();
  if (made === major) return;
  throw new Refusal(
    `The data in ${cluster} is PostgreSQL ${made}'s and the bundled one is ${major}; move it with pg_dump and restore.`,
  );
}

/** @param {string} folder */
function requireSpace(folder) {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free >= CLUSTER_BYTES) return;
  const mega = (/** @type {number} */ bytes) => `${Math.floor(bytes / 1_000_000)} MB`;
  throw new Refusal(
    `The disk that holds ${folder} is full: ${mega(free)} are free and a database needs ${mega(CLUSTER_BYTES)}.`,
  );
}
