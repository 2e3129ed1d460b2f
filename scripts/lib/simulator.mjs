// @ts-check
import { fork } from 'node:child_process';
import { closeSync } from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { ROOT } from './data-dir.mjs';
import { Refusal } from './messages.mjs';
import { keptPort } from './ports.mjs';
import { endProcess, openLog } from './processes.mjs';

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */
/** @typedef {{ pid: number, port: number, url: string, follow: (serverPid: number) => void }} Simulator */
/**
 * @typedef {object} SimulatorOptions
 * @property {string} dataDir
 * @property {string} program dist/simulator.mjs, or its source
 * @property {readonly string[]} loaders what Node needs to read the source
 * @property {number} [port] fixed: for a restart under a gateway that knows it
 */

const READY_MS = 20_000;

/**
 * Starts the built-in upstream in our process group and waits until it listens.
 * @param {SimulatorOptions} options
 * @returns {Promise<Simulator>}
 */
export async function startSimulator(options) {
  const port = options.port ?? (await keptPort(options.dataDir, 'simulator'));
  const logFile = path.join(options.dataDir, 'simulator.log');
  const log = openLog(logFile);
  const child = fork(options.program, [], {
    cwd: ROOT,
    env: { ...process.env, SIMULATOR_HOST: '127.0.0.1', SIMULATOR_PORT: String(port) },
    execArgv: [...options.loaders, '--import', new URL('follow-start.mjs', import.meta.url).href],
    stdio: ['ignore', 'pipe', log, 'ipc'],
  });
  closeSync(log);
  const url = await ready(child);
  if (url !== null && child.pid !== undefined) {
    return { pid: child.pid, port, url, follow: (serverPid) => child.send({ serverPid }) };
  }
  if (child.pid !== undefined) await stopSimulator(child.pid);
  throw new Refusal(`The simulator did not start; its log is ${logFile}.`);
}

/** @param {ChildProcess} child @returns {Promise<string | null>} its base URL; null: it gave up */
function ready(child) {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(null), READY_MS);
    const settle = (/** @type {string | null} */ url) => {
      clearTimeout(timer);
      resolve(url);
    };
    child.once('error', () => settle(null));
    child.once('exit', () => settle(null));
    if (child.stdout === null) return settle(null);
    readline.createInterface({ input: child.stdout }).on('line', (line) => {
      const url = readyUrl(line);
      if (url !== null) settle(url);
    });
  });
}

/** @param {string} line */
function readyUrl(line) {
  try {
    const event = JSON.parse(line);
    return event?.event === 'simulator_ready' ? String(event.url) : null;
  } catch {
    return null;
  }
}

/** Ends a simulator; it ignores the gentler signals (follow-start.mjs says why). @param {number} pid */
export async function stopSimulator(pid) {
  await endProcess(pid, [['SIGKILL', 2_000]]);
}
