import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { GatewayProcess } from '../../tools/chaos/world/gateway-process';
import type { TestDatabase } from './database';
import { freePort } from './free-port';
import { TEST_SECRETS } from './gateway';
import { sharedRedisUrl } from './redis';

const ROOT = path.join(import.meta.dirname, '..', '..');
const SERVER = path.join(ROOT, 'dist', 'node-server.mjs');

/** One process of the built self-hosted server on stores that others use too to be killed or restarted. */
export interface BuiltProcess {
  readonly origin: string;
  /** Resolves once it is gone, for whatever reason. */
  gone(): Promise<void>;
  /** Lets it go on after it has stopped itself. */
  goOn(): void;
  /** Asks it to end, as an operator would. */
  askToEnd(): void;
  /** Starts it again; resolves once it is ready. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts it and waits until it is ready. Its data folder goes with it, unless `env` names one.
 * Throws a sentence when there is no build.
 */
export async function startBuiltProcess(
  database: TestDatabase,
  env: Readonly<Record<string, string>> = {},
): Promise<BuiltProcess> {
  if (!existsSync(SERVER)) throw new Error('There is no build to test. Run npm run build.');
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'tallygate-built-'));
  const port = await freePort();
  const server = new GatewayProcess(SERVER, port, ROOT, {
    ...TEST_SECRETS,
    HOST: '127.0.0.1',
    PORT: String(port),
    DATABASE_URL: database.url,
    REDIS_URL: sharedRedisUrl(),
    NEXTAUTH_URL: `http://127.0.0.1:${port}`,
    TALLYGATE_DATA_DIR: dataDir,
    ...env,
  });
  await server.start();
  return {
    origin: server.origin,
    gone: () => server.gone(),
    goOn: () => server.signal('SIGCONT'),
    askToEnd: () => server.signal('SIGTERM'),
    start: () => server.start(),
    async close() {
      await server.kill();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
