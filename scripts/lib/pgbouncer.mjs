// @ts-check
import { spawn } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal, reasonOf } from './messages.mjs';
import { freePort } from './ports.mjs';

const READY_MS = 30_000;
/** PgBouncer refuses to be root. */
const NOBODY = { uid: 65_534, gid: 65_534 };

/**
 * A PgBouncer in transaction mode before a server, for tests. Few connections, so that clients get
 * each other's; nothing is reset between them, as in production.
 * @param {string} program
 * @param {string} serverUrl a superuser's
 * @param {number} poolSize connections for each database
 * @returns {Promise<{ url: string, ended: Promise<void>, stop: () => Promise<void> }>}
 */
export async function startPgbouncer(program, serverUrl, poolSize) {
  const server = new URL(serverUrl);
  const port = await freePort();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tallygate-pgbouncer-'));
  const [config, users] = ['pgbouncer.ini', 'users.txt'].map((name) => path.join(folder, name));
  if (config === undefined || users === undefined) throw new Error('no folder');
  const [user, password] = [server.username, server.password].map(decodeURIComponent);
  writeFileSync(users, `"${user}" "${password}"\n`, { mode: 0o600 });
  writeFileSync(config, settings(server, port, users, poolSize), { mode: 0o600 });
  const isRoot = process.getuid?.() === 0;
  if (isRoot) for (const file of [folder, config, users]) chownSync(file, NOBODY.uid, NOBODY.gid);
  const child = spawn(program, ['-q', config], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    ...(isRoot ? NOBODY : {}),
  });
  /** @type {Promise<void>} */
  const ended = new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const url = new URL(serverUrl);
  url.port = String(port);
  url.searchParams.set('pgbouncer', 'true');
  try {
    await answers(url, () => child.exitCode === null && child.pid !== undefined);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: url.href, ended, stop };
}

/** @param {URL} server @param {number} port @param {string} users @param {number} poolSize */
function settings(server, port, users, poolSize) {
  const lines = [
    '[databases]',
    `* = host=${server.hostname} port=${server.port}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = scram-sha-256',
    `auth_file = ${users}`,
    'pool_mode = transaction',
    `default_pool_size = ${poolSize}`,
    'max_client_conn = 1000',
    // A database that was dropped is asked for no more.
    'server_login_retry = 1',
    'server_idle_timeout = 10',
    'log_connections = 0',
    'log_disconnections = 0',
    'log_pooler_errors = 0',
  ];
  return `${lines.join('\n')}\n`;
}

/** @param {URL} url @param {() => boolean} isAlive */
async function answers(url, isAlive) {
  const { default: connect } = await import('postgres');
  const plain = new URL(url);
  plain.searchParams.delete('pgbouncer');
  for (const deadline = Date.now() + READY_MS; ; await sleep(50)) {
    const sql = connect(plain.href, { max: 1, connect_timeout: 2, prepare: false });
    try {
      await sql`select 1`;
      return;
    } catch (error) {
      if (!isAlive() || Date.now() > deadline) {
        throw new Refusal(`PgBouncer did not start: ${reasonOf(error)}`);
      }
    } finally {
      await sql.end({ timeout: 1 });
    }
  }
}
