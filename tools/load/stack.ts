import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { AdminClient } from '../../tests/helpers/admin-client';
import { createDatabase } from '../../tests/helpers/database';
import { freePort } from '../../tests/helpers/free-port';
import { sharedRedisUrl } from '../../tests/helpers/redis';
import { GatewayProcess } from '../chaos/world/gateway-process';
import { SimulatorProcess } from '../chaos/world/simulator-process';

const ROOT = path.join(import.meta.dirname, '..', '..');
const TENANTS = 10;
const SECRETS = {
  ADMIN_TOKEN: 'an-admin-token-for-the-load',
  NEXTAUTH_SECRET: 'a-nextauth-secret-for-the-load',
  ENCRYPTION_KEY: 'an-encryption-key-for-the-load',
};

/** A throwaway gateway with the simulator behind it. */
export interface Stack {
  readonly origin: string;
  /** Of tenants who can pay for all of it. */
  readonly keys: readonly string[];
  readonly admin: AdminClient;
  close(): Promise<void>;
}

/** Starts what was built, over a database of its own. */
export async function startStack(): Promise<Stack> {
  const closers: (() => Promise<unknown> | unknown)[] = [];
  const close = async () => {
    for (const end of closers.splice(0).reverse()) await end();
  };
  try {
    const dataDir = mkdtempSync(path.join(os.tmpdir(), 'tallygate-load-'));
    closers.push(() => rmSync(dataDir, { recursive: true, force: true }));
    const database = await createDatabase();
    closers.push(() => database.drop());
    const built = (name: string) => path.join(ROOT, 'dist', name);
    const journal = path.join(dataDir, 'journal');
    const simulator = new SimulatorProcess(built('simulator.mjs'), await freePort(), journal);
    closers.push(() => simulator.kill());
    await simulator.start();
    const port = await freePort();
    const gateway = new GatewayProcess(built('node-server.mjs'), port, ROOT, {
      ...SECRETS,
      HOST: '127.0.0.1',
      PORT: String(port),
      NEXTAUTH_URL: `http://127.0.0.1:${port}`,
      DATABASE_URL: database.url,
      REDIS_URL: sharedRedisUrl(),
      TALLYGATE_DATA_DIR: dataDir,
      LOG_LEVEL: 'warn',
    });
    closers.push(() => gateway.kill());
    await gateway.start();
    const admin = new AdminClient(gateway.origin, SECRETS.ADMIN_TOKEN);
    await admin.seedCatalogue(simulator.url);
    const keys: string[] = [];
    for (let count = 0; count < TENANTS; count += 1) {
      keys.push((await admin.newTenant({ balance: '1000000000000' })).apiKey);
    }
    return { origin: gateway.origin, keys, admin, close };
  } catch (error) {
    await close();
    throw error;
  }
}
