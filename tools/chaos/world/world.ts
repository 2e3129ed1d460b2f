import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { Redis } from 'ioredis';
import postgres from 'postgres';
import { z } from 'zod';
import { AdminClient } from '../../../tests/helpers/admin-client';
import { freePort } from '../../../tests/helpers/free-port';
import { startRedis, type TestRedis } from '../../../tests/helpers/redis';
import { startTcpProxy, type TcpProxy } from '../../../tests/helpers/tcp-proxy';
import { GatewayProcess } from './gateway-process';
import { KeptGateway } from './kept-gateway';
import { PostgresProcess } from './postgres-process';
import { SimulatorProcess } from './simulator-process';

const environment = z.object({
  CHAOS_POSTGRES_URL: z.string(),
  CHAOS_POSTGRES_PID: z.coerce.number(),
  CHAOS_DATA_DIR: z.string(),
  CHAOS_LOG_DIR: z.string(),
  CHAOS_SERVER: z.string(),
  CHAOS_SIMULATOR: z.string(),
});
type Environment = z.infer<typeof environment>;

export const GATEWAYS = 2;
const SECRETS = {
  ADMIN_TOKEN: 'an-admin-token-for-chaos',
  NEXTAUTH_SECRET: 'a-nextauth-secret-for-chaos',
  ENCRYPTION_KEY: 'an-encryption-key-for-chaos',
};

/** A gateway and its own stretches of network to the stores. */
export interface Instance {
  readonly gateway: KeptGateway;
  readonly admin: AdminClient;
  readonly toPostgres: TcpProxy;
  readonly toRedis: TcpProxy;
}

/** Everything that a run kills: real processes on loopback. `sql` and `redisClient` go past the proxies. */
export interface World {
  readonly instances: readonly Instance[];
  readonly redis: TestRedis;
  readonly postgres: PostgresProcess;
  readonly simulator: SimulatorProcess;
  readonly sql: postgres.Sql;
  readonly redisClient: Redis;
  readonly admin: AdminClient;
  readonly journalFile: string;
  readonly logDir: string;
  /** Ends everything that it started, however it stands. */
  close(): Promise<void>;
}

/** Brings up two gateways behind proxies, a Redis, and the simulator; Postgres is there already. */
export async function startWorld(): Promise<World> {
  const env = environment.parse(process.env);
  const databaseUrl = await createDatabase(env.CHAOS_POSTGRES_URL);
  const postgresProcess = new PostgresProcess(env.CHAOS_POSTGRES_PID);
  const closers: (() => Promise<unknown> | unknown)[] = [() => postgresProcess.signal('SIGCONT')];
  let isClosing = false;
  const close = async () => {
    isClosing = true;
    await Promise.allSettled(closers.reverse().map((end) => end()));
    process.disconnect?.();
  };
  try {
    const redis = await startRedis();
    closers.push(() => redis.close());
    const journalFile = path.join(env.CHAOS_DATA_DIR, 'purchases.jsonl');
    const simulator = new SimulatorProcess(env.CHAOS_SIMULATOR, await freePort(), journalFile);
    closers.push(() => simulator.close());
    await simulator.start();
    const instances: Instance[] = [];
    for (let index = 0; index < GATEWAYS; index += 1) {
      const instance = await makeInstance(index, env, databaseUrl, redis.url);
      closers.push(() => closeInstance(instance));
      instances.push(instance);
      await instance.gateway.start();
    }
    const sql = postgres(databaseUrl.href, {
      max: 4,
      types: { bigint: postgres.BigInt },
      connection: { application_name: 'chaos' },
      onnotice: () => undefined,
    });
    closers.push(() => sql.end({ timeout: 2 }));
    const redisClient = new Redis(redis.url, {
      retryStrategy: () => 100,
      maxRetriesPerRequest: null,
    });
    redisClient.on('error', () => undefined);
    closers.push(() => redisClient.disconnect());
    const admin = instances[0]?.admin;
    if (admin === undefined) throw new Error('There is no gateway.');
    await admin.seedCatalogue(simulator.url);
    return {
      instances,
      redis: {
        ...redis,
        async start(options) {
          // A fault that is still being mended must start nothing anew.
          if (isClosing) throw new Error('The run is over.');
          await redis.start(options);
        },
      },
      postgres: postgresProcess,
      simulator,
      sql,
      redisClient,
      admin,
      journalFile,
      logDir: env.CHAOS_LOG_DIR,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function createDatabase(superuserUrl: string): Promise<URL> {
  const name = `chaos_${randomBytes(4).toString('hex')}`;
  const superuser = postgres(superuserUrl, { max: 1, onnotice: () => undefined });
  await superuser.unsafe(`create database ${name}`);
  await superuser.end();
  const url = new URL(superuserUrl);
  url.pathname = `/${name}`;
  return url;
}

async function makeInstance(
  index: number,
  env: Environment,
  databaseUrl: URL,
  redisUrl: string,
): Promise<Instance> {
  const toPostgres = await startTcpProxy(Number(databaseUrl.port));
  const toRedis = await startTcpProxy(Number(new URL(redisUrl).port));
  const through = new URL(databaseUrl);
  through.port = String(toPostgres.port);
  const port = await freePort();
  const root = path.dirname(path.dirname(env.CHAOS_SERVER));
  const variables = {
    ...SECRETS,
    HOST: '127.0.0.1',
    PORT: String(port),
    NEXTAUTH_URL: `http://127.0.0.1:${port}`,
    DATABASE_URL: through.href,
    REDIS_URL: `redis://127.0.0.1:${toRedis.port}`,
    TALLYGATE_DATA_DIR: path.join(env.CHAOS_DATA_DIR, `gateway-${index}`),
    LOG_LEVEL: 'warn',
  };
  const logFile = path.join(env.CHAOS_LOG_DIR, `gateway-${index}.log`);
  const process = new GatewayProcess(env.CHAOS_SERVER, port, root, variables, logFile);
  const gateway = new KeptGateway(process);
  const admin = new AdminClient(gateway.origin, SECRETS.ADMIN_TOKEN);
  return { gateway, admin, toPostgres, toRedis };
}

async function closeInstance({ gateway, toPostgres, toRedis }: Instance): Promise<void> {
  await gateway.close();
  await Promise.all([toPostgres.close(), toRedis.close()]);
}
