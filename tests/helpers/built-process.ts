import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestDatabase } from './database';
import { TEST_SECRETS } from './gateway';
import { freePort, sharedRedisUrl } from './redis';
import { until } from './until';

const ROOT = process.env.TG_ROOT ?? path.join(import.meta.dirname, '..', '..');
const SERVER = path.join(ROOT, 'dist', 'node-server.mjs');
const READY_MS = 90_000;

/** One process of the built self-hosted server on stores that others use too, made to be killed. */
export class BuiltProcess {
  readonly origin: string;
  private readonly dataDir = mkdtempSync(path.join(os.tmpdir(), 'tallygate-built-'));
  private readonly child: ChildProcess;
  private readonly ended: Promise<void>;
  private output = '';

  private constructor(port: number, database: TestDatabase, env: Readonly<Record<string, string>>) {
    this.origin = `http://127.0.0.1:${port}`;
    this.child = spawn(process.execPath, [SERVER], {
      cwd: ROOT,
      env: {
        PATH: process.env.PATH,
        NODE_ENV: 'production',
        ...TEST_SECRETS,
        HOST: '127.0.0.1',
        PORT: String(port),
        DATABASE_URL: database.url,
        REDIS_URL: sharedRedisUrl(),
        NEXTAUTH_URL: this.origin,
        TALLYGATE_DATA_DIR: this.dataDir,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.ended = new Promise((resolve) => this.child.once('close', () => resolve()));
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (piece: string) => {
        this.output = (this.output + piece).slice(-10_000);
      });
    }
  }

  /** Starts it and waits until it is ready. Throws when there is no build. */
  static async start(
    database: TestDatabase,
    env: Readonly<Record<string, string>> = {},
  ): Promise<BuiltProcess> {
    if (!existsSync(SERVER)) throw new Error('There is no build to test. Run npm run build.');
    const started = new BuiltProcess(await freePort(), database, env);
    await until('the server to be ready', () => started.isReady(), READY_MS);
    return started;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  private async isReady(): Promise<boolean> {
    if (!this.isRunning) throw new Error(`It ended at once:\n${this.output}`);
    const reply = await fetch(`${this.origin}/api/health/ready`).catch(() => null);
    return reply?.ok === true;
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL' | 'SIGTERM'): void {
    this.child.kill(signal);
  }

  /** Resolves once it is gone, for whatever reason. */
  async gone(): Promise<void> {
    await this.ended;
  }

  async close(): Promise<void> {
    this.child.kill('SIGCONT');
    this.child.kill('SIGKILL');
    await this.ended;
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}
