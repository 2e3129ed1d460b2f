import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { Cluster, Redis } from 'ioredis';
import { readEnv } from '@/env';
import { handleAdminRequest } from '@/server/api/rest/handle';
import { type Container, createContainer } from '@/server/container';
import { handleNodeRequest } from '@/server/gateway/adapters/node';
import { isGatewayPath } from '@/server/gateway/adapters/path';
import { startSimulator } from '../../tools/simulator/server';
import { AdminClient } from './admin-client';
import { createDatabase, type TestDatabase } from './database';
import { sharedRedisUrl } from './redis';

export const TEST_SECRETS = {
  ADMIN_TOKEN: 'an-admin-token-for-tests',
  NEXTAUTH_SECRET: 'a-nextauth-secret-for-tests',
  ENCRYPTION_KEY: 'an-encryption-key-for-tests',
} as const;

type RunningSimulator = Awaited<ReturnType<typeof startSimulator>>;

export interface TestGateway {
  readonly origin: string;
  readonly baseUrl: string;
  readonly container: Container;
  readonly database: TestDatabase;
  readonly simulator: RunningSimulator;
  readonly admin: AdminClient;
  /** Null in Postgres-only mode. */
  readonly redis: Redis | Cluster | null;
  /** Requests that the server has not done with, whether their clients are still there or not. */
  readonly openRequests: number;
  close(): Promise<void>;
}

export interface TestGatewayOptions {
  /** `off`: Postgres-only mode. Default: the shared Redis. */
  readonly redisUrl?: string;
  /** Another gateway's database, for a second instance. */
  readonly database?: TestDatabase;
  readonly simulator?: RunningSimulator;
  /** Where its spool is; default: a folder of its own. */
  readonly dataDir?: string;
}

/**
 * The real gateway in this process, on a real port: its core, both stores, and the simulator as
 * upstream `sim` that serves every model. Background work runs as in production.
 */
export async function startGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const database = options.database ?? (await createDatabase());
  const simulator = options.simulator ?? (await startSimulator({ port: 0 }));
  const redisUrl = options.redisUrl ?? sharedRedisUrl();
  const dataDir = options.dataDir ?? mkdtempSync(path.join(os.tmpdir(), 'tallygate-data-'));
  const container = await createContainer(
    readEnv({
      ...TEST_SECRETS,
      DATABASE_URL: database.url,
      REDIS_URL: redisUrl,
      LOG_LEVEL: 'silent',
      TALLYGATE_DATA_DIR: dataDir,
    }),
  );
  let openRequests = 0;
  // As the product's: a client that thinks for seconds finds its connection open.
  const server = createServer({ keepAliveTimeout: 75_000 }, (req, res) => {
    openRequests += 1;
    const served = isGatewayPath(req.url ?? '')
      ? handleNodeRequest(container.handle, req, res, req.socket.remoteAddress ?? '')
      : serveAdmin(container, req, res);
    served
      .catch(() => res.destroy())
      .finally(() => {
        openRequests -= 1;
      });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  const origin = `http://127.0.0.1:${address.port}`;
  const admin = new AdminClient(origin, TEST_SECRETS.ADMIN_TOKEN);
  if (options.database === undefined) await admin.seedCatalogue(simulator.url);
  const redis = redisUrl === 'off' ? null : ownClient(redisUrl);
  redis?.on('error', () => undefined);
  await redis?.connect();
  return {
    origin,
    baseUrl: `${origin}/api/v1`,
    container,
    database,
    simulator,
    admin,
    redis,
    get openRequests() {
      return openRequests;
    },
    async close() {
      await container.drain(5_000);
      redis?.disconnect();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
      if (options.simulator === undefined) await simulator.close();
      if (options.database === undefined) await database.drop();
    },
  };
}

/** The test's own way to Redis, which waits for one that is away. */
const ownClient = (url: string): Redis | Cluster =>
  url.includes(',')
    ? new Cluster(url.split(','), { lazyConnect: true })
    : new Redis(url, { lazyConnect: true });

async function serveAdmin(
  container: Container,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(Buffer.from(chunk));
  const headers = new Headers();
  for (const [name, value] of Object.entries(req.headers)) headers.set(name, String(value));
  const method = req.method ?? 'GET';
  const reply = await handleAdminRequest(
    new Request(`http://${req.headers.host}${req.url}`, {
      method,
      headers,
      ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
    }),
    container,
  );
  res.writeHead(reply.status, Object.fromEntries(reply.headers));
  res.end(Buffer.from(await reply.arrayBuffer()));
}
