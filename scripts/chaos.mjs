// @ts-check
// npm run chaos: two gateways under load while everything around them is killed, stopped, cut off
// and emptied at random moments; then the books are audited.
// --minutes N, --seed N, --rate N, --quick, --json FILE. Exit 1: a violation, or it could not run.
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ensureBuilt, SERVER, SIMULATOR } from './lib/build.mjs';
import { letStoresIn, ROOT } from './lib/data-dir.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { watchInterrupts } from './lib/interrupts.mjs';
import { complain, Refusal, reasonOf, runAsScript } from './lib/messages.mjs';
import { freePort } from './lib/ports.mjs';
import { startPostgres, stopPostgres } from './lib/postgres.mjs';
import { postgresHome } from './lib/postgres-home.mjs';
import { findRedisServer, HOW_TO_GET_REDIS } from './lib/redis.mjs';
import { randomToken } from './lib/secrets.mjs';

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */

await runAsScript(import.meta.url, async () => {
  const interrupts = watchInterrupts();
  await ensureInstalled();
  await ensureBuilt();
  const redisServer = await findRedisServer();
  if (redisServer === null) throw new Refusal(`Chaos needs a Redis: ${HOW_TO_GET_REDIS}.`);
  interrupts.check();
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'tallygate-chaos-'));
  const logDir = mkdtempSync(path.join(os.tmpdir(), 'tallygate-chaos-logs-'));
  letStoresIn(dataDir);
  const password = randomToken(24);
  const port = await freePort();
  const start = () =>
    startPostgres({ dataDir, port, passwords: { superuser: password, app: password } });
  let postgres = await start();
  let starting = Promise.resolve(postgres);
  let code = 1;
  try {
    const child = fork(path.join(ROOT, 'tools/chaos/main.ts'), process.argv.slice(2), {
      cwd: ROOT,
      execArgv: ['--import', 'tsx'],
      env: {
        ...process.env,
        CHAOS_POSTGRES_URL: postgres.superuserUrl,
        CHAOS_POSTGRES_PID: String(postgres.pid),
        CHAOS_DATA_DIR: dataDir,
        CHAOS_LOG_DIR: logDir,
        CHAOS_SERVER: SERVER,
        CHAOS_SIMULATOR: SIMULATOR,
        TEST_REDIS_SERVER: redisServer,
      },
    });
    // The one thing that the child cannot do alone: bring PostgreSQL up again where it was.
    child.on('message', () => {
      starting = start();
      starting.then(
        (started) => {
          postgres = started;
          if (child.connected) child.send({ postgresPid: started.pid });
        },
        (error) => {
          complain(reasonOf(error));
          child.kill('SIGTERM');
        },
      );
    });
    // Ctrl-C reaches the whole group; a signal to this process alone does not.
    interrupts.requested.then(() => child.kill('SIGTERM'));
    code = await exitOf(child);
    return code;
  } finally {
    // A start under way would leave one behind.
    await starting.catch(() => undefined);
    await stopPostgres(postgres.pid);
    rmSync(postgresHome(dataDir).home, { recursive: true, force: true });
    rmSync(dataDir, { recursive: true, force: true });
    if (code !== 1) rmSync(logDir, { recursive: true, force: true });
  }
});

/** @param {ChildProcess} child @returns {Promise<number>} */
function exitOf(child) {
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}
