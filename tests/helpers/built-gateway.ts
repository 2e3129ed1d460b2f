import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../tools/simulator/server';
import { AdminClient } from './admin-client';
import { createDatabase, type TestDatabase } from './database';
import { freePort } from './free-port';
import { TEST_SECRETS } from './gateway';
import { sharedRedisUrl } from './redis';
import { until } from './until';

const ROOT = path.join(import.meta.dirname, '..', '..');
const NEXT = path.join(ROOT, 'node_modules', 'next', 'dist', 'bin', 'next');
const SERVER = path.join(ROOT, 'dist', 'node-server.mjs');
const BUILD = path.join(ROOT, '.next', 'BUILD_ID');
const READY_MS = 60_000;
const STOP_MS = 10_000;

/** The self-hosted server, and Next's own, which serves the gateway by its route handlers. */
export const ADAPTERS = ['self-hosted', 'next'] as const;
export type Adapter = (typeof ADAPTERS)[number];

export interface BuiltOptions {
  /** More environment, or other values of it. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where the server finds Postgres, when not straight at the database: a proxy, say. */
  readonly databaseUrl?: (database: TestDatabase) => string | Promise<string>;
  readonly redisUrl?: string;
}

/** The product as it is built, in a process of its own, over a database of its own. */
export interface BuiltGateway {
  readonly adapter: Adapter;
  readonly origin: string;
  readonly baseUrl: string;
  readonly database: TestDatabase;
  readonly simulator: Simulator;
  readonly admin: AdminClient;
  readonly redis: Redis;
  /** What it keeps on disk. */
  readonly dataDir: string;
  /** All that it has written to standard output and standard error so far. */
  output(): string;
  /** Ends the process as an operator would; the rest stays. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** Starts what `npm run build` has made. Throws a sentence when there is no build. */
export async function startBuilt(
  adapter: Adapter,
  options: BuiltOptions = {},
): Promise<BuiltGateway> {
  if (![SERVER, BUILD].every((file) => existsSync(file))) {
    throw new Error('There is no build to test. Run npm run build, or npm test, which builds.');
  }
  const [database, simulator, port] = await Promise.all([
    createDatabase(),
    startSimulator(),
    freePort(),
  ]);
  const origin = `http://127.0.0.1:${port}`;
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'tallygate-built-'));
  const server = new ServerProcess(adapter, port, {
    ...TEST_SECRETS,
    DATABASE_URL: (await options.databaseUrl?.(database)) ?? database.url,
    REDIS_URL: options.redisUrl ?? sharedRedisUrl(),
    NEXTAUTH_URL: origin,
    DRAIN_MS: '2000',
    TALLYGATE_DATA_DIR: dataDir,
    ...options.env,
  });
  const redis = new Redis(sharedRedisUrl());
  const close = async () => {
    await server.stop();
    redis.disconnect();
    await simulator.close();
    await database.drop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  const admin = new AdminClient(origin, TEST_SECRETS.ADMIN_TOKEN);
  try {
    await server.untilReady(origin);
    await admin.seedCatalogue(simulator.url);
  } catch (error) {
    await close();
    throw error;
  }
  const baseUrl = `${origin}/api/v1`;
  const output = () => server.output;
  const stop = () => server.stop();
  const stores = { database, redis, dataDir };
  return { adapter, origin, baseUrl, simulator, admin, ...stores, output, stop, close };
}

class ServerProcess {
  output = '';
  private readonly child: ChildProcess;
  private readonly ended: Promise<unknown>;

  constructor(adapter: Adapter, port: number, env: Readonly<Record<string, string>>) {
    const args =
      adapter === 'next' ? [NEXT, 'start', '-H', '127.0.0.1', '-p', String(port)] : [SERVER];
    this.child = spawn(process.execPath, args, {
      cwd: ROOT,
      // Nothing of the test run's own environment but what any process needs.
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        NODE_ENV: 'production',
        NEXT_TELEMETRY_DISABLED: '1',
        HOST: '127.0.0.1',
        PORT: String(port),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.ended = new Promise((resolve) => this.child.once('close', resolve));
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (piece: string) => {
        this.output += piece;
      });
    }
  }

  async untilReady(origin: string): Promise<void> {
    const isReady = async () => {
      if (this.child.exitCode !== null) throw new Error(`It ended at once:\n${this.output}`);
      const reply = await fetch(`${origin}/api/health/ready`).catch(() => null);
      return reply?.ok === true;
    };
    await until('the server to be ready', isReady, READY_MS);
  }

  async stop(): Promise<void> {
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS);
    this.child.kill('SIGTERM');
    await this.ended;
    clearTimeout(timer);
  }
}

/**
 * The same promises over both adapters, each with a process and a database of its own. Every suite
 * ends with the audit over all its tenants, and with a log that tells of no error it cannot name.
 */
export function overBothAdapters(
  title: string,
  tests: (gateway: () => BuiltGateway, adapter: Adapter) => void,
  options: BuiltOptions = {},
): void {
  const started = new Map<Adapter, BuiltGateway>();
  // Both at once: a start takes seconds, and most of them are waiting.
  beforeAll(async () => {
    const starts = await Promise.allSettled(
      ADAPTERS.map(async (adapter) => {
        started.set(adapter, await startBuilt(adapter, options));
      }),
    );
    for (const start of starts) if (start.status === 'rejected') throw start.reason;
  });
  afterAll(() => Promise.all([...started.values()].map((gateway) => gateway.close())));

  describe.each(ADAPTERS)(`${title} (%s)`, (adapter) => {
    const gateway = (): BuiltGateway => {
      const own = started.get(adapter);
      if (own === undefined) throw new Error('The server has not started.');
      return own;
    };

    tests(gateway, adapter);

    it('leaves books that the audit finds right, and no unexplained error in its log', async () => {
      const isSettled = async () => (await gateway().admin.audit()).ok;
      await until('an audit that finds everything right', isSettled);
      const lines = gateway().output().split('\n');
      expect(lines.filter((line) => /internal_error|unhandled/i.test(line))).toEqual([]);
    });
  });
}
