// @ts-check
import { fork } from 'node:child_process';
import { ROOT } from './data-dir.mjs';
import { Refusal } from './messages.mjs';
import { endProcess } from './processes.mjs';

/** @typedef {{ type: 'ready', tenantId: string | null } | { type: 'fatal', message: string }} GatewayMessage */
const READY_MS = 120_000;
const DRAIN_MARGIN_MS = 5_000;

/**
 * Starts the server in our process group. It drains by itself when we are killed: its IPC channel
 * closes.
 * @param {string} program
 * @param {NodeJS.ProcessEnv} env
 * @returns {import('./session.mjs').Server}
 */
export function startGateway(program, env) {
  const child = fork(program, [], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Refusal('The server could not be started.');
  /** @type {Promise<string>} */
  const ended = new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  /** @type {Promise<string>} */
  const ready = new Promise((resolve, reject) => {
    const fail = (/** @type {string} */ why) => reject(new Refusal(why));
    const timer = setTimeout(() => fail('The server did not become ready in time.'), READY_MS);
    child.on('message', (/** @type {GatewayMessage} */ message) => {
      clearTimeout(timer);
      if (message.type === 'ready') resolve(message.tenantId ?? env.TALLYGATE_DEMO_TENANT_ID ?? '');
      else if (message.type === 'fatal') fail(message.message);
    });
    ended.then((how) => {
      clearTimeout(timer);
      fail(`The server ended while starting (${how}); its output is above.`);
    });
  });
  // Nobody may be waiting any more when a start is interrupted.
  ready.catch(() => undefined);
  return {
    pid,
    ready,
    ended,
    drain: async (drainMs) => {
      await endProcess(pid, [
        ['SIGTERM', drainMs + DRAIN_MARGIN_MS],
        ['SIGKILL', 2_000],
      ]);
    },
    kill: () => child.kill('SIGKILL'),
  };
}
