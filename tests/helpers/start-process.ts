import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { childrenOf, isRunning, processesWith } from './running';

const ROOT = path.join(import.meta.dirname, '..', '..');
const READY_MS = 240_000;
const STOP_MS = 60_000;

const quickstartSchema = z.strictObject({
  baseUrl: z.url(),
  portalUrl: z.url(),
  adminToken: z.string().min(32),
  email: z.email(),
  password: z.string().min(16),
  tenantId: z.uuid(),
  apiKey: z.string(),
  databaseUrl: z.string(),
  redisUrl: z.string().nullable(),
  pids: z.strictObject({
    gateway: z.number(),
    postgres: z.number().optional(),
    redis: z.number().optional(),
  }),
});
const lockSchema = z.looseObject({ owner: z.looseObject({ pid: z.number() }) });

export interface RunOptions {
  /** Through npm, as people do. */
  readonly npm?: boolean;
  /** Default: start. */
  readonly script?: 'start' | 'dev' | 'test' | 'with-stores' | 'soak';
  readonly args?: readonly string[];
  /** In a process group of its own, as a shell starts it; see pressCtrlC. */
  readonly terminal?: boolean;
  readonly user?: { readonly uid: number; readonly gid: number };
}

export type Quickstart = z.infer<typeof quickstartSchema>;

/** A data folder of a test's own and the starts in it. */
export class StartPlace {
  readonly dataDir: string;
  private readonly runs: StartRun[] = [];

  constructor({ under = os.tmpdir(), label = '' } = {}) {
    this.dataDir = path.join(under, `tallygate-start-${label}${randomUUID()}`);
  }

  /** Runs `npm start` (or, without npm in between, its script) with these variables on top. */
  run(env: Readonly<Record<string, string>>, options: RunOptions = {}): StartRun {
    const run = new StartRun({ TALLYGATE_DATA_DIR: this.dataDir, ...env }, options);
    this.runs.push(run);
    return run;
  }

  quickstart(): Quickstart {
    return quickstartSchema.parse(readJson(path.join(this.dataDir, 'quickstart.json')));
  }

  /** The start script's own pid, which under npm is not the child's. */
  ownerPid(): number {
    return lockSchema.parse(readJson(path.join(this.dataDir, 'lock'))).owner.pid;
  }

  /** The server's, the stores' and the simulator's. */
  pids(): number[] {
    const { gateway, postgres, redis } = this.quickstart().pids;
    const named = [gateway, postgres, redis].filter((pid) => pid !== undefined);
    return [...new Set([...named, ...childrenOf(this.ownerPid())])];
  }

  /** Everything that runs because of the starts in this place, whoever its parent is by now. */
  running(): number[] {
    return processesWith(path.basename(this.dataDir));
  }

  async stopAll(): Promise<void> {
    for (const run of this.runs) await run.stop();
  }

  /** Stops what runs and deletes the data. Whatever will not stop is killed, and complained about. */
  async close(): Promise<void> {
    // A child that was left behind would keep the output open, and stopAll waiting.
    await Promise.race([this.stopAll(), sleep(STOP_MS, undefined, { ref: false })]);
    const left = this.running();
    for (const pid of left) process.kill(pid, 'SIGKILL');
    rmSync(this.dataDir, { recursive: true, force: true });
    if (left.length > 0) throw new Error(`${left.length} processes were left running.`);
  }
}

export class StartRun {
  output = '';
  readonly child: ChildProcess;
  readonly exitCode: Promise<number | null>;

  constructor(
    env: Readonly<Record<string, string>>,
    { npm = false, script = 'start', args = [], terminal = false, user }: RunOptions,
  ) {
    const [command, ...first] = npm
      ? ['npm', ...(script === 'dev' ? ['run', 'dev'] : [script])]
      : [process.execPath, `scripts/${script}.mjs`];
    this.child = spawn(command, [...first, ...args], {
      cwd: ROOT,
      env: { ...cleanEnv(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: terminal,
      ...user,
    });
    const take = (piece: Buffer) => {
      this.output += piece.toString();
    };
    this.child.stdout?.on('data', take);
    this.child.stderr?.on('data', take);
    this.exitCode = new Promise((resolve) => this.child.once('close', resolve));
  }

  /** Resolves once it has printed that it is ready; rejects with its output when it ends instead. */
  async ready(): Promise<void> {
    await this.untilOutput('Tallygate is ready', READY_MS);
  }

  async untilOutput(text: string, waitMs = 30_000): Promise<void> {
    const deadline = Date.now() + waitMs;
    while (!this.output.includes(text)) {
      const hasEnded = this.child.exitCode !== null || this.child.signalCode !== null;
      if (hasEnded || Date.now() > deadline) throw new Error(`no "${text}" in:\n${this.output}`);
      await sleep(50);
    }
  }

  /** What a terminal does at Ctrl-C: every process of the group gets the signal. */
  pressCtrlC(): void {
    if (this.child.pid === undefined) throw new Error('It was never started.');
    process.kill(-this.child.pid, 'SIGINT');
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.child.kill(signal);
    return this.exitCode;
  }
}

/** Without what the test run itself was given, which start would pass on. */
function cleanEnv(): NodeJS.ProcessEnv {
  const ours = /^(TEST_|VITEST|npm_)/;
  const theirs = Object.entries(process.env).filter(([name]) => !ours.test(name));
  return { ...Object.fromEntries(theirs), NODE_ENV: 'production' };
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

export async function untilGone(pids: readonly number[], waitMs = 10_000): Promise<void> {
  const deadline = Date.now() + waitMs;
  while (pids.some(isRunning)) {
    if (Date.now() > deadline) throw new Error(`still running: ${pids.filter(isRunning)}`);
    await sleep(50);
  }
}
