import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { generateApiKey } from '@/server/security/api-key';
import { AdminClient } from '../../tests/helpers/admin-client';
import { createDatabase } from '../../tests/helpers/database';
import { freePort } from '../../tests/helpers/free-port';
import { sharedRedisUrl } from '../../tests/helpers/redis';
import { SimulatorProcess } from '../chaos/world/simulator-process';
import { LoadProcess } from './load/load-process';
import type { BenchOptions } from './options';
import { SCENARIOS } from './scenarios';
import { type Place, readCores } from './subjects/place';
import { startSubject } from './subjects/start';
import type { Missing, Subject, SubjectName } from './subjects/subject';

export const ROOT = path.join(import.meta.dirname, '..', '..');
export const BENCH_DIR = path.join(ROOT, 'dist', 'bench');
const SECRETS = {
  ADMIN_TOKEN: 'an-admin-token-for-the-bench',
  NEXTAUTH_SECRET: 'a-nextauth-secret-for-the-bench',
  ENCRYPTION_KEY: 'an-encryption-key-for-the-bench',
};
const BILLED: readonly SubjectName[] = ['ours', 'ours-2', 'next', 'unobserved'];
const PRICE = { inputPrice: '150', outputPrice: '600', contextWindow: 128_000 };

/** Everything that is measured, and the load. */
export interface World {
  readonly subjects: readonly Subject[];
  readonly missing: readonly Missing[];
  readonly load: LoadProcess;
  close(): Promise<void>;
}

/** Starts it all, one after another, over one database; `close` ends all of it. */
export async function startWorld(options: BenchOptions): Promise<World> {
  const closers: (() => Promise<unknown> | unknown)[] = [];
  const close = async () => {
    for (const end of closers.splice(0).reverse()) await end();
  };
  try {
    const dataDir = mkdtempSync(path.join(os.tmpdir(), 'tallygate-bench-'));
    closers.push(() => rmSync(dataDir, { recursive: true, force: true }));
    const database = await createDatabase();
    closers.push(() => database.drop());
    const journal = path.join(dataDir, 'journal');
    const program = path.join(ROOT, 'dist', 'simulator.mjs');
    const simulator = new SimulatorProcess(program, await freePort(), journal);
    closers.push(() => simulator.kill());
    await simulator.start();
    const load = new LoadProcess(path.join(BENCH_DIR, 'load.mjs'));
    closers.push(() => load.close());
    const buyer = { apiKey: '' };
    const place: Place = {
      root: ROOT,
      node: options.node,
      isProfiled: options.isProfile,
      benchDir: BENCH_DIR,
      dataDir,
      upstreamUrl: simulator.url,
      cores: readCores(process.env.BENCH_PROXY_CORES),
      gatewayEnv: { ...SECRETS, DATABASE_URL: database.url, REDIS_URL: sharedRedisUrl() },
      apiKey: () => buyer.apiKey,
    };
    const subjects: Subject[] = [];
    const missing: Missing[] = [];
    for (const name of options.subjects) {
      const started = await startSubject(name, place);
      if ('missing' in started) missing.push(started);
      else {
        closers.push(() => started.close());
        subjects.push(started);
      }
    }
    const billed = subjects.find(({ name }) => BILLED.includes(name));
    buyer.apiKey = billed === undefined ? generateApiKey() : await seed(billed, simulator.url);
    return { subjects, missing, load, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The models that are asked for, and a tenant who can pay for all of it. */
async function seed({ port }: Subject, upstreamUrl: string): Promise<string> {
  const admin = new AdminClient(`http://127.0.0.1:${port}`, SECRETS.ADMIN_TOKEN);
  await admin.seedCatalogue(upstreamUrl);
  for (const model of new Set(SCENARIOS.map((scenario) => scenario.model))) {
    await admin.call('PUT', `models/${model}`, { ...PRICE, maxOutputTokens: 16_384 });
  }
  const { apiKey } = await admin.newTenant({ balance: '1000000000000000' });
  return apiKey;
}
