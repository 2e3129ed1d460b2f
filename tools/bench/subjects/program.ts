import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../tests/helpers/free-port';
import type { Place } from './place';

const READY_MS_MAX = 90_000;
const LOOK_EVERY_MS = 50;
const STOP_MS_MAX = 10_000;
const OUTPUT_SHOWN = 3_000;

export interface ProgramOptions {
  readonly place: Pick<Place, 'node' | 'isProfiled'>;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Such as `0` or `0,1`; null: wherever the kernel puts it. */
  readonly cores: string | null;
  /** Answers with any status below 500 once the program is ready. */
  readonly readyUrl: string;
}

export interface Program {
  readonly pid: number;
  /** Where its inspector listens; null: it has none. */
  readonly inspectorPort: number | null;
  close(): Promise<void>;
}

/** Starts a Node program on its cores and waits until it answers. Throws with its last output. */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const { place, args, env, cwd, cores, readyUrl } = options;
  const inspectorPort = place.isProfiled ? await freePort() : null;
  const inspect = inspectorPort === null ? [] : [`--inspect=127.0.0.1:${inspectorPort}`];
  const node = [place.node, ...inspect, ...args];
  const [command = '', ...rest] = cores === null ? node : ['taskset', '-c', cores, ...node];
  // To a file, as an operator's log goes: a pipe would cost whoever reads it.
  const logDir = mkdtempSync(path.join(os.tmpdir(), 'tallygate-bench-log-'));
  const logFile = path.join(logDir, 'log');
  const log = openSync(logFile, 'a');
  const child = spawn(command, rest, {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: 'production', ...env },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const close = async () => {
    await stop(child);
    rmSync(logDir, { recursive: true, force: true });
  };
  const until = Date.now() + READY_MS_MAX;
  while (!(await answers(readyUrl))) {
    const hasEnded = !isRunning(child);
    if (hasEnded || Date.now() > until) {
      const output = readFileSync(logFile, 'utf8').slice(-OUTPUT_SHOWN);
      await close();
      throw new Error(`${hasEnded ? 'It ended at its start' : 'It is not ready'}: ${output}`);
    }
    await sleep(LOOK_EVERY_MS);
  }
  // taskset becomes the program, so the pid is the program's.
  return { pid: child.pid ?? 0, inspectorPort, close };
}

const isRunning = (child: ChildProcess): boolean =>
  child.exitCode === null && child.signalCode === null;

async function answers(url: string): Promise<boolean> {
  const reply = await fetch(url).catch(() => null);
  await reply?.arrayBuffer().catch(() => undefined);
  return reply !== null && reply.status < 500;
}

async function stop(child: ChildProcess): Promise<void> {
  if (!isRunning(child)) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
  child.kill('SIGTERM');
  await gone;
  clearTimeout(timer);
}
