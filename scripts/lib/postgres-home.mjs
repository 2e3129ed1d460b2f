// @ts-check
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { say } from './messages.mjs';
import { SHARED_HOME } from './postgres-binaries.mjs';
import { findOnPath } from './processes.mjs';

/**
 * Who runs PostgreSQL: it refuses root. Null: we ourselves may.
 * @returns {import('./processes.mjs').User | null}
 */
export function postgresUser() {
  if (process.getuid?.() !== 0) return null;
  return lookUp('postgres') ?? create('postgres') ?? lookUp('nobody') ?? { uid: 65534, gid: 65534 };
}

/** @param {string} name */
function lookUp(name) {
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [user, , uid, gid] = line.split(':');
    if (user === name) return { uid: Number(uid), gid: Number(gid) };
  }
  return null;
}

/** @param {string} name */
function create(name) {
  const useradd = findOnPath(['useradd']);
  if (useradd === null) return null;
  const shell = ['--shell', '/usr/sbin/nologin'];
  spawnSync(useradd, ['--system', '--user-group', '--no-create-home', ...shell, name]);
  return lookUp(name);
}

/**
 * The folder that holds the cluster. Normally inside the data folder; when PostgreSQL's user cannot
 * enter that (below root's home, say), one in SHARED_HOME that the data folder names by a random id.
 * @param {string} dataDir
 * @param {import('./processes.mjs').User | null} user
 * @returns {string} an existing folder whose `postgres` folder is or will be the cluster
 */
export function postgresHome(dataDir, user) {
  const record = path.join(dataDir, 'postgres-home');
  if (existsSync(record)) {
    const home = readFileSync(record, 'utf8').trim();
    mkdirSync(home, { recursive: true, mode: 0o755 });
    return home;
  }
  if (user === null || canEnter(dataDir, user)) return dataDir;
  const home = path.join(SHARED_HOME, randomBytes(8).toString('hex'));
  mkdirSync(home, { recursive: true });
  chmodSync(SHARED_HOME, 0o755);
  chmodSync(home, 0o755);
  writeFileSync(record, `${home}\n`);
  say(`PostgreSQL may not run as root nor enter ${dataDir}; its data is in ${home}.`);
  return home;
}

/**
 * @param {string} folder
 * @param {import('./processes.mjs').User} user
 */
function canEnter(folder, user) {
  const trial = spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { cwd: '/', ...user });
  return trial.status === 0;
}
