// @ts-check
import { spawn, spawnSync } from 'node:child_process';
import {
  accessSync,
  closeSync,
  constants,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** @typedef {{ pid: number, startedAt: string }} ProcessIdentity */
/** @typedef {{ uid: number, gid: number }} User */

const LOG_BYTES_MAX = 5_000_000;

/**
 * What tells a process from a later one with the same pid; null when there is none (a zombie is none).
 * @param {number} pid
 * @returns {ProcessIdentity | null}
 */
export function identify(pid) {
  const startedAt = process.platform === 'linux' ? startedOnLinux(pid) : startedByPs(pid);
  return startedAt === null ? null : { pid, startedAt };
}

/** @param {number} pid */
function startedOnLinux(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name stands in parentheses and may hold spaces; state and start time are fields 3 and 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

/** @param {number} pid */
function startedByPs(pid) {
  const ps = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
  return ps.status === 0 ? ps.stdout.trim() || null : null;
}

/** @param {number} pid */
export function isAlive(pid) {
  if (!(pid > 0)) return false;
  if (process.platform === 'linux') return startedOnLinux(pid) !== null;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether a process seen earlier is still that one.
 * @param {ProcessIdentity | null} identity
 */
export function isSame(identity) {
  return identity !== null && identify(identity.pid)?.startedAt === identity.startedAt;
}

/**
 * The command line of a process; empty when it cannot be told.
 * @param {number} pid
 */
export function commandLine(pid) {
  try {
    if (process.platform === 'linux') {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim();
    }
    return spawnSync('ps', ['-o', 'command=', '-p', String(pid)], {
      encoding: 'utf8',
    }).stdout.trim();
  } catch {
    return '';
  }
}

/**
 * The processes whose command line passes.
 * @param {(command: string) => boolean} isWanted
 */
export function findProcesses(isWanted) {
  if (process.platform === 'linux') {
    return pidsOnLinux().filter((pid) => isWanted(commandLine(pid)) && isAlive(pid));
  }
  const { stdout } = spawnSync('ps', ['-A', '-ww', '-o', 'pid=,command='], { encoding: 'utf8' });
  const lines = (stdout ?? '').split('\n').filter(isWanted);
  return lines.map((line) => Number.parseInt(line, 10)).filter((pid) => pid > 0);
}

export function pidsOnLinux() {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0);
}

/**
 * Sends each signal in turn and waits for the end; true once the process is gone.
 * @param {number} pid
 * @param {ReadonlyArray<readonly [NodeJS.Signals, number]>} steps signal and how long to wait (ms)
 */
export async function endProcess(pid, steps) {
  for (const [signal, waitMs] of steps) {
    try {
      process.kill(pid, signal);
    } catch {
      return !isAlive(pid);
    }
    const deadline = Date.now() + waitMs;
    while (Date.now() < deadline) {
      if (!isAlive(pid)) return true;
      await sleep(25);
    }
  }
  return !isAlive(pid);
}

/**
 * Starts a process in a session of its own, its output appended to a log file.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ logFile: string, user?: User | null, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<number>} its pid
 */
export async function spawnDetached(command, args, { logFile, user, env }) {
  const log = openLog(logFile);
  try {
    const child = spawn(command, args, {
      detached: true,
      cwd: '/',
      stdio: ['ignore', log, log],
      ...(env ? { env } : {}),
      ...(user ?? {}),
    });
    await new Promise((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    if (child.pid === undefined) throw new Error(`${command} has no pid`);
    return child.pid;
  } finally {
    closeSync(log);
  }
}

/** @param {string} file */
export function openLog(file) {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > LOG_BYTES_MAX) {
    renameSync(file, `${file}.1`);
  }
  return openSync(file, 'a', 0o600);
}

/**
 * The first of some programs that is on the PATH, as an absolute path.
 * @param {readonly string[]} names
 * @returns {string | null}
 */
export function findOnPath(names) {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
  for (const name of names) {
    for (const folder of folders) {
      const file = path.resolve(folder, name);
      if (isExecutable(file)) return file;
    }
  }
  return null;
}

/** Resolves when whoever started us closes our standard input, or asks us to end. */
export function inputEnds() {
  return new Promise((resolve) => {
    process.stdin.once('end', resolve).once('close', resolve).resume();
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
}

/** @param {string} file */
export function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * Runs a program to its end in our process group, with our terminal unless its output is silenced
 * or goes to an open file.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, quiet?: boolean, outputFd?: number }} [options]
 * @returns {Promise<number>} its exit code; 1 when a signal ended it, 127 when it cannot be started
 */
export async function run(command, args, { cwd, env, quiet = false, outputFd } = {}) {
  const output = outputFd ?? 'inherit';
  const child = spawn(command, args, {
    stdio: quiet ? 'ignore' : ['ignore', output, output],
    ...(cwd ? { cwd } : {}),
    ...(env ? { env } : {}),
  });
  helpers.add(child);
  try {
    return await new Promise((resolve) => {
      child.once('error', () => resolve(127));
      child.once('exit', (code) => resolve(code ?? 1));
    });
  } finally {
    helpers.delete(child);
  }
}

/** @type {Set<import('node:child_process').ChildProcess>} */
const helpers = new Set();

/** Passes a signal to whatever `run` is waiting for. @param {NodeJS.Signals} signal */
export function signalHelpers(signal) {
  for (const child of helpers) child.kill(signal);
}
