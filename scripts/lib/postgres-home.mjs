// @ts-check
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Refusal, say } from './messages.mjs';
import { SHARED_HOME } from './postgres-binaries.mjs';
import { findOnPath } from './processes.mjs';

/** @typedef {import('./processes.mjs').User} User */

/**
 * Where PostgreSQL's data is and who runs it. Normally that is inside the data folder and we. It
 * refuses root: then another user runs it, and when that one cannot enter the data folder (below
 * root's home, say), the data is in SHARED_HOME in a folder that the data folder names.
 * @param {string} dataDir
 * @returns {{ home: string, user: User | null }} `postgres` in home is or will be the cluster;
 *   user null: we ourselves
 */
export function postgresHome(dataDir) {
  const home = recordedHome(dataDir) ?? dataDir;
  if (process.getuid?.() !== 0) return { home, user: null };
  const owner = ownerOf(path.join(home, 'postgres'));
  const user = owner ?? findUser();
  if (canEnter(home, user)) return { home, user };
  if (owner === null) return { home: makeHome(dataDir), user };
  throw new Refusal(
    `The owner of ${home}/postgres (uid ${owner.uid}) cannot enter ${home}; open the folders above it to that user (chmod o+x).`,
  );
}

function findUser() {
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

/** @param {string} dataDir */
const recordOf = (dataDir) => path.join(dataDir, 'postgres-home');

/** @param {string} dataDir */
function recordedHome(dataDir) {
  if (!existsSync(recordOf(dataDir))) return null;
  const home = readFileSync(recordOf(dataDir), 'utf8').trim();
  mkdirSync(home, { recursive: true, mode: 0o755 });
  return home;
}

/** @param {string} dataDir */
function makeHome(dataDir) {
  const home = path.join(SHARED_HOME, randomBytes(8).toString('hex'));
  mkdirSync(home, { recursive: true });
  chmodSync(SHARED_HOME, 0o755);
  chmodSync(home, 0o755);
  writeFileSync(recordOf(dataDir), `${home}\n`);
  say(`PostgreSQL may not run as root nor enter ${dataDir}; its data is in ${home}.`);
  return home;
}

/** @param {string} file @returns {User | null} */
function ownerOf(file) {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat && stat.uid !== 0 ? { uid: stat.uid, gid: stat.gid } : null;
}

/**
 * @param {string} folder
 * @param {User} user
 */
function canEnter(folder, user) {
  const trial = spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { cwd: '/', ...user });
  return trial.status === 0;
}
