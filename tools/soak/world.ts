import { Redis } from 'ioredis';
import type postgres from 'postgres';
import type { TestTenant } from '../../tests/helpers/admin-client';
import { freePort } from '../../tests/helpers/free-port';
import { startTcpProxy, type TcpProxy } from '../../tests/helpers/tcp-proxy';
import { Closers } from '../load/closers';
import { type Stack, startStack } from '../load/stack';
import type { Buyers } from './load/asks';
import { Inspector } from './watch/inspector';

const PRICE = { inputPrice: '150', outputPrice: '600', contextWindow: 128_000 };
const MODELS = ['sim-bench', 'sim-bench-whole'];

/** The gateway that is soaked, a stretch of network before each of its stores, and the way into it. */
export interface World {
  readonly port: number;
  readonly buyers: Buyers;
  readonly inspector: Inspector;
  readonly networks: Readonly<Record<'postgres' | 'redis', TcpProxy>>;
  /** Past the proxies. */
  readonly sql: postgres.Sql<{ bigint: bigint }>;
  readonly redis: Redis;
  readonly dataDir: string;
  readonly logFile: string;
  /** The gateway's. */
  pid(): number;
  /** Takes the keys of some tenants away and gives them others, as operators do. */
  replaceKeys(count: number): Promise<void>;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly tenants: number;
  /** A module that the gateway loads before itself. */
  readonly preload: string | null;
}

/** Starts it all; `close` ends all of it. */
export async function startWorld({ tenants, preload }: WorldOptions): Promise<World> {
  const closers = new Closers();
  const { close } = closers;
  try {
    const networks: Partial<Record<'postgres' | 'redis', TcpProxy>> = {};
    const inspectorPort = await freePort();
    const imported = preload === null ? '' : ` --import=${preload}`;
    const stack = await startStack({
      tenants,
      env: { NODE_OPTIONS: `--inspect=127.0.0.1:${inspectorPort}${imported}` },
      async through(store, address) {
        const url = new URL(address);
        const proxy = await startTcpProxy(Number(url.port));
        closers.add(() => proxy.close());
        networks[store] = proxy;
        url.port = String(proxy.port);
        return url.href;
      },
    });
    closers.add(() => stack.close());
    const { postgres, redis: toRedis } = networks;
    if (postgres === undefined || toRedis === undefined)
      throw new Error('A store was not asked for.');
    const inspector = await Inspector.open(inspectorPort);
    closers.add(() => inspector.close());
    const redis = new Redis(stack.redisUrl);
    closers.add(() => redis.disconnect());
    const rich = [...stack.tenants];
    const buyers = await seed(stack, rich);
    return {
      port: Number(new URL(stack.origin).port),
      buyers,
      inspector,
      networks: { postgres, redis: toRedis },
      sql: stack.sql,
      redis,
      dataDir: stack.dataDir,
      logFile: stack.logFile,
      pid: stack.pid,
      replaceKeys: (count) => replaceKeys(stack, rich, count),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The models that are asked for, and those who are there to be refused. */
async function seed({ admin }: Stack, rich: readonly TestTenant[]): Promise<Buyers> {
  for (const model of MODELS) {
    await admin.call('PUT', `models/${model}`, { ...PRICE, maxOutputTokens: 16_384 });
  }
  const poor = await admin.newTenant({ balance: '1' });
  const limited = await admin.newTenant({ dailyLimit: 1 });
  return { rich, poor: poor.apiKey, limited: limited.apiKey };
}

async function replaceKeys({ admin }: Stack, rich: TestTenant[], count: number): Promise<void> {
  for (const old of rich.splice(0, count)) {
    await admin.call('DELETE', `keys/${old.keyId}`);
    rich.push(await admin.newKey(old.id));
  }
}
