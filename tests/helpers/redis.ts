import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from './free-port';

/** The Redis of this test file, which its tests share: every tenant's id is its own. */
export function sharedRedisUrl(): string {
  const url = process.env.TEST_REDIS_URL;
  if (url === undefined) throw new Error('Run it through node scripts/with-stores.mjs.');
  return url;
}

export interface TestRedis {
  readonly url: string;
  /** Kills it where it stands; its append-only file stays. */
  kill(): Promise<void>;
  /** Keeps a copy of its file as it is now. */
  keepFile(): void;
  /** Takes the folder away that it writes its files to. */
  loseFolder(): void;
  /** Starts it on the same port; `empty` forgets everything it had, `older` what came after `keepFile`. */
  start(options?: RestartOptions): Promise<void>;
  /** Stops (or continues) its process without closing a connection. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  close(): Promise<void>;
}

export interface RestartOptions {
  readonly empty?: boolean;
  readonly older?: boolean;
  /** What clients must say, from the first start on; it is part of the address. */
  readonly password?: string;
  /** More of redis-server's own options, `--name value`. */
  readonly args?: readonly string[];
}

/** A Redis process of the test's own, to be killed, stopped and started again. */
export async function startRedis(first: RestartOptions = {}): Promise<TestRedis> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tallygate-redis-'));
  const [file, kept] = ['appendonlydir', 'kept'].map((name) => path.join(folder, name));
  if (file === undefined || kept === undefined) throw new Error('no folder');
  const port = await freePort();
  const { password } = first;
  const url = `redis://${password === undefined ? '' : `default:${password}@`}127.0.0.1:${port}`;
  let child: ChildProcess | null = null;
  const start = async ({ empty = false, older = false, args: more = [] }: RestartOptions = {}) => {
    if (empty || older) rmSync(file, { recursive: true, force: true });
    if (older) cpSync(kept, file, { recursive: true });
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
    args.push('--appendonly', 'yes', '--appendfsync', 'always', '--maxmemory-policy', 'noeviction');
    if (password !== undefined) args.push('--requirepass', password);
    args.push(...more);
    child = spawn(process.env.TEST_REDIS_SERVER ?? 'redis-server', args, { stdio: 'ignore' });
    await untilReady(url);
  };
  const kill = async () => {
    const dying = child;
    child = null;
    if (dying === null || dying.exitCode !== null) return;
    const gone = new Promise((resolve) => dying.once('exit', resolve));
    dying.kill('SIGKILL');
    await gone;
  };
  await start(first);
  return {
    url,
    start,
    keepFile: () => cpSync(file, kept, { recursive: true, force: true }),
    loseFolder: () => rmSync(folder, { recursive: true, force: true }),
    kill,
    signal: (signal) => void child?.kill(signal),
    async close() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilReady(url: string): Promise<void> {
  const probe = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: 500 });
  probe.on('error', () => undefined);
  await probe.ping();
  probe.disconnect();
}
