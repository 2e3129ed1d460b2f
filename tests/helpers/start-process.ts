import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

const ROOT = path.join(import.meta.dirname, '..', '..');
const READY_MS = 240_000;

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

export type Quickstart = z.infer<typeof quickstartSchema>;

/** A data folder of a test's own and the starts in it. */
export class StartPlace {
  readonly dataDir = path.join(os.tmpdir(), `tallygate-start-${randomUUID()}`);
  private readonly runs: StartRun[] = [];

  /** Runs `npm start` (or, without npm in between, its script) with these variables on top. */
  run(env: Readonly<Record<string, string>>, { npm = false } = {}): StartRun {
    const run = new StartRun(this.dataDir, env, npm);
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

  async stopAll(): Promise<void> {
    for (const run of this.runs) await run.stop();
  }

  async close(): Promise<void> {
    await this.stopAll();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

export class StartRun {
  output = '';
  readonly child: ChildProcess;
  readonly exitCode: Promise<number | null>;

  constructor(dataDir: string, env: Readonly<Record<string, string>>, npm: boolean) {
    const [command, args] = npm ? ['npm', ['start']] : [process.execPath, ['scripts/start.mjs']];
    this.child = spawn(command, args, {
      cwd: ROOT,
      env: { ...cleanEnv(), TALLYGATE_DATA_DIR: dataDir, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
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

function childrenOf(pid: number): number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,comm='], { encoding: 'utf8' });
  const rows = stdout.split('\n').map((line) => line.trim().split(/\s+/));
  const children = rows.filter(([, parent, name]) => Number(parent) === pid && name !== 'ps');
  return children.map(([child]) => Number(child));
}

/** Whether a process runs; one that has ended but was not yet collected does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    if (process.platform !== 'linux') return true;
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

export async function untilGone(pids: readonly number[], waitMs = 10_000): Promise<void> {
  const deadline = Date.now() + waitMs;
  while (pids.some(isRunning)) {
    if (Date.now() > deadline) throw new Error(`still running: ${pids.filter(isRunning)}`);
    await sleep(50);
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
