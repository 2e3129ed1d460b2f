// @ts-check
// npm run dev: the stack of npm start around `next dev`, with hot reload.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from './lib/data-dir.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { Refusal, runAsScript } from './lib/messages.mjs';
import { endProcess } from './lib/processes.mjs';
import { runSession } from './lib/session.mjs';

const READY_MS = 180_000;
const STOP_MS = 5_000;

await runAsScript(import.meta.url, () =>
  runSession({
    prepare: ensureInstalled,
    simulator: {
      program: path.join(ROOT, 'tools', 'simulator', 'main.ts'),
      loaders: ['--import', 'tsx'],
    },
    startServer: startNext,
  }),
);

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {import('./lib/settings.mjs').Settings} settings
 * @returns {import('./lib/session.mjs').Server}
 */
function startNext(env, { host, port, origin }) {
  const cli = path.join(ROOT, 'node_modules', 'next', 'dist', 'bin', 'next');
  const child = spawn(process.execPath, [cli, 'dev', '-H', host, '-p', String(port)], {
    cwd: ROOT,
    env: { ...env, NODE_ENV: 'development' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Refusal('next dev could not be started.');
  /** @type {Promise<string>} */
  const ended = new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  const failed = ended.then((how) => {
    throw new Refusal(`next dev ended while starting (${how}); its output is above.`);
  });
  const served = untilReady(origin).then(() => env.TALLYGATE_DEMO_TENANT_ID ?? '');
  // Both go on after the race, and nobody listens any more.
  for (const promise of [failed, served]) promise.catch(() => undefined);
  const drain = async () => {
    await endProcess(pid, [
      ['SIGTERM', STOP_MS],
      ['SIGKILL', 2_000],
    ]);
  };
  return {
    pid,
    ready: Promise.race([served, failed]),
    ended,
    drain,
    kill: () => child.kill('SIGKILL'),
  };
}

/** @param {string} origin */
async function untilReady(origin) {
  const deadline = Date.now() + READY_MS;
  while (Date.now() < deadline) {
    const reply = await fetch(`${origin}/api/health/ready`).catch(() => null);
    if (reply?.ok) return;
    await sleep(300);
  }
  throw new Refusal('next dev did not become ready in time; its output is above.');
}
