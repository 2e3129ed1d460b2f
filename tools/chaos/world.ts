import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import readline from 'node:readline';
import { Redis } from 'ioredis';
import postgres from 'postgres';
import { z } from 'zod';
import { AdminClient } from '../../tests/helpers/admin-client';
import { freePort, startRedis, type TestRedis } from '../../tests/helpers/redis';
import { startTcpProxy, type TcpProxy } from '../../tests/helpers/tcp-proxy';
import { GatewayProcess } from './gateway-process';

const environment = z.object({
  CHAOS_POSTGRES_URL: z.string(),
  CHAOS_POSTGRES_PID: z.coerce.number(),
  CHAOS_DATA_DIR: z.string(),
  CHAOS_SERVER: z.string(),
  CHAOS_SIMULATOR: z.string(),
});
const restarted = z.object({ postgresPid: z.number() });
const ready = z.object({ event: z.literal('simulator_ready'), url: z.string() });

const GATEWAYS = 2;
const SECRETS = {
  ADMIN_TOKEN: 'an-admin-token-for-chaos',
  NEXTAUTH_SECRET: 'a-nextauth-secret-for-chaos',
  ENCRYPTION_KEY: 'an-encryption-key-for-chaos',
};

/** A gateway and its own stretches of network to the stores. */
export interface Instance {
  readonly process: GatewayProcess;
  readonly toPostgres: TcpProxy;
  readonly toRedis: TcpProxy;
}

/** Everything that a run kills: real processes on loopback. */
export interface World {
  readonly instances: readonly Instance[];
  readonly redis: TestRedis;
  readonly sql: postgres.Sql;
  readonly redisClient: Redis;
  readonly admin: AdminClient;
  killPostgres(): void;
  startPostgres(): Promise<void>;
  close(): Promise<void>;
}

/** Brings up two gateways behind proxies, a Redis, and the simulator; Postgres is there already. */
export async function startWorld(): Promise<World> {
  const env = environment.parse(process.env);
  const database = `chaos_${randomBytes(4).toString('hex')}`;
  const superuser = postgres(env.CHAOS_POSTGRES_URL, { max: 1, onnotice: () => undefined });
  await superuser.unsafe(`create database ${database}`);
  await superuser.end();
  const databaseUrl = new URL(env.CHAOS_POSTGRES_URL);
  databaseUrl.pathname = `/${database}`;
  const redis = await startRedis();
  const simulator = await startSimulator(env.CHAOS_SIMULATOR);
  const root = path.dirname(path.dirname(env.CHAOS_SERVER));
  const instances: Instance[] = [];
  for (let index = 0; index < GATEWAYS; index += 1) {
    instances.push(await startInstance(index, env, root, databaseUrl, redis.url));
  }
  const admin = new AdminClient(instances[0]?.process.origin ?? '', SECRETS.ADMIN_TOKEN);
  await admin.seedCatalogue(simulator.url);
  const sql = postgres(databaseUrl.href, {
    max: 4,
    types: { bigint: postgres.BigInt },
    onnotice: () => undefined,
  });
  const redisClient = new Redis(redis.url, {
    retryStrategy: () => 100,
    maxRetriesPerRequest: null,
  });
  redisClient.on('error', () => undefined);
  let postgresPid = env.CHAOS_POSTGRES_PID;
  return {
    instances,
    redis,
    sql,
    redisClient,
    admin,
    // An immediate shutdown: every backend is cut off in the middle, and recovery follows.
    killPostgres: () => void process.kill(postgresPid, 'SIGQUIT'),
    async startPostgres() {
      const answer = new Promise<unknown>((resolve) => process.once('message', resolve));
      process.send?.({ startPostgres: true });
      ({ postgresPid } = restarted.parse(await answer));
    },
    async close() {
      for (const { process: gateway, toPostgres, toRedis } of instances) {
        await gateway.kill();
        await Promise.all([toPostgres.close(), toRedis.close()]);
      }
      simulator.child.kill('SIGKILL');
      redisClient.disconnect();
      await sql.end({ timeout: 2 });
      await redis.close();
      process.disconnect?.();
    },
  };
}

async function startInstance(
  index: number,
  env: z.infer<typeof environment>,
  root: string,
  databaseUrl: URL,
  redisUrl: string,
): Promise<Instance> {
  const toPostgres = await startTcpProxy(Number(databaseUrl.port));
  const toRedis = await startTcpProxy(Number(new URL(redisUrl).port));
  const through = new URL(databaseUrl);
  through.port = String(toPostgres.port);
  const port = await freePort();
  const gateway = new GatewayProcess(env.CHAOS_SERVER, port, root, {
    ...SECRETS,
    HOST: '127.0.0.1',
    PORT: String(port),
    NEXTAUTH_URL: `http://127.0.0.1:${port}`,
    DATABASE_URL: through.href,
    REDIS_URL: `redis://127.0.0.1:${toRedis.port}`,
    TALLYGATE_DATA_DIR: path.join(env.CHAOS_DATA_DIR, `gateway-${index}`),
    LOG_LEVEL: 'warn',
  });
  await gateway.start();
  return { process: gateway, toPostgres, toRedis };
}

async function startSimulator(program: string): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [program], {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', SIMULATOR_HOST: '127.0.0.1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of readline.createInterface({ input: child.stdout })) {
    const message = ready.safeParse(JSON.parse(line));
    if (message.success) return { child, url: message.data.url };
  }
  throw new Error('The simulator did not start.');
}
