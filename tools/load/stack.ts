import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type postgres from 'postgres';
import { AdminClient, type TestTenant } from '../../tests/helpers/admin-client';
import { createDatabase } from '../../tests/helpers/database';
import { freePort } from '../../tests/helpers/free-port';
import { sharedRedisUrl } from '../../tests/helpers/redis';
import { GatewayProcess } from '../chaos/world/gateway-process';
import { SimulatorProcess } from '../chaos/world/simulator-process';
import { Closers } from './closers';

const ROOT = path.join(import.meta.dirname, '..', '..');
const TENANTS = 10;
const AT_ONCE = 8;
const SECRETS = {
  ADMIN_TOKEN: 'an-admin-token-for-the-load',
  NEXTAUTH_SECRET: 'a-nextauth-secret-for-the-load',
  ENCRYPTION_KEY: 'an-encryption-key-for-the-load',
};

/** A throwaway gateway with the simulator behind it. */
export interface Stack {
  readonly origin: string;
  /** They can pay for all of it. */
  readonly tenants: readonly TestTenant[];
  readonly admin: AdminClient;
  readonly sql: postgres.Sql<{ bigint: bigint }>;
  readonly redisUrl: string;
  readonly dataDir: string;
  /** All that the gateway writes. */
  readonly logFile: string;
  /** The gateway's. */
  pid(): number;
  close(): Promise<void>;
}

export interface StackOptions {
  readonly tenants?: number;
  /** On top of what every gateway gets. */
  readonly env?: Readonly<Record<string, string>>;
  /** How the gateway reaches a store, given the store's own address. */
  readonly through?: (store: 'postgres' | 'redis', url: string) => Promise<string>;
}

/** Starts what was built, over a database of its own. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const { env = {}, through = async (_, url) => url } = options;
  const closers = new Closers();
  const { close } = closers;
  try {
    const dataDir = mkdtempSync(path.join(os.tmpdir(), 'tallygate-load-'));
    closers.add(() => rmSync(dataDir, { recursive: true, force: true }));
    const database = await createDatabase();
    closers.add(() => database.drop());
    const built = (name: string) => path.join(ROOT, 'dist', name);
    const journal = path.join(dataDir, 'journal');
    const simulator = new SimulatorProcess(built('simulator.mjs'), await freePort(), journal);
    closers.add(() => simulator.kill());
    await simulator.start();
    const port = await freePort();
    const logFile = path.join(dataDir, 'gateway.log');
    const variables = {
      ...SECRETS,
      HOST: '127.0.0.1',
      PORT: String(port),
      NEXTAUTH_URL: `http://127.0.0.1:${port}`,
      DATABASE_URL: await through('postgres', database.url),
      REDIS_URL: await through('redis', sharedRedisUrl()),
      TALLYGATE_DATA_DIR: dataDir,
      LOG_LEVEL: 'warn',
      ...env,
    };
    const gateway = new GatewayProcess(built('node-server.mjs'), port, ROOT, variables, logFile);
    closers.add(() => gateway.kill());
    await gateway.start();
    const admin = new AdminClient(gateway.origin, SECRETS.ADMIN_TOKEN);
    await admin.seedCatalogue(simulator.url);
    const tenants = await newTenants(admin, options.tenants ?? TENANTS);
    return {
      origin: gateway.origin,
      tenants,
      admin,
      sql: database.sql,
      redisUrl: sharedRedisUrl(),
      dataDir,
      logFile,
      pid: () => gateway.pid,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function newTenants(admin: AdminClient, count: number): Promise<TestTenant[]> {
  const tenants: TestTenant[] = [];
  while (tenants.length < count) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - tenants.length) }, () =>
      admin.newTenant({ balance: '1000000000000' }),
    );
    tenants.push(...(await Promise.all(some)));
  }
  return tenants;
}
