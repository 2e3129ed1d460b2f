// npm run pages -- postgres://…: how long each page of the portal takes, whole and over HTTP, for the tenant
// with the most transactions of a database that npm run seed has filled. --rounds N (20); --export: the CSV
// of all its transactions too. Exit 1: one in twenty of a page took 300 ms or more.
// Makes a member of that tenant; not for a database that serves anybody.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freePort } from '../../tests/helpers/free-port';
import { sharedRedisUrl } from '../../tests/helpers/redis';
import { GatewayProcess } from '../chaos/world/gateway-process';
import { openSubject } from '../growth/subject';
import { Closers } from '../load/closers';
import { optionsOrExit } from '../parse-options';
import { createProgress } from '../progress';
import { addressesOf } from './addresses';
import { signInToLargest } from './member';
import { readOptions } from './options';
import { isQuick, type PageTimes, pagesTable } from './verdict';
import type { Visitor } from './visitor';

const ROOT = path.join(import.meta.dirname, '..', '..');
/** The first visits compile, plan and read what is not in memory yet. */
const WARM_UP = 4;

const options = optionsOrExit(readOptions);
const closers = new Closers();
try {
  const subject = await openSubject(options.databaseUrl);
  closers.add(() => subject.close());
  const visitor = await signInToLargest(subject, await startServer());
  console.log(
    `The largest of ${subject.tenants} tenants has ${subject.chargesOfLargest} of ${subject.transactions} rows.`,
  );
  const times = await timesOf(visitor, addressesOf(subject));
  console.log(pagesTable(times));
  if (options.isExported) console.log(await exported(visitor));
  if (!isQuick(times)) process.exitCode = 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  await closers.close();
}

/** What was built, over the database and a Redis of its own. Resolves with its origin. */
async function startServer(): Promise<string> {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'tallygate-pages-'));
  closers.add(() => rmSync(dataDir, { recursive: true, force: true }));
  const port = await freePort();
  const server = new GatewayProcess(path.join(ROOT, 'dist', 'node-server.mjs'), port, ROOT, {
    HOST: '127.0.0.1',
    PORT: String(port),
    NEXTAUTH_URL: `http://127.0.0.1:${port}`,
    ADMIN_TOKEN: 'an-admin-token-for-the-pages',
    NEXTAUTH_SECRET: 'a-nextauth-secret-for-the-pages',
    ENCRYPTION_KEY: 'an-encryption-key-for-the-pages',
    DATABASE_URL: options.databaseUrl,
    REDIS_URL: sharedRedisUrl(),
    TALLYGATE_DATA_DIR: dataDir,
    LOG_LEVEL: 'warn',
  });
  closers.add(() => server.kill());
  await server.start();
  return server.origin;
}

/** Pages take turns (A B C A B C …), so that a drift of the machine meets all of them. */
async function timesOf(
  visitor: Visitor,
  addresses: Readonly<Record<string, string>>,
): Promise<PageTimes> {
  const pages = Object.entries(addresses);
  const times = new Map(pages.map(([name]): [string, number[]] => [name, []]));
  const progress = createProgress({ what: 'rounds', total: WARM_UP + options.rounds });
  for (let round = 1; round <= WARM_UP + options.rounds; round += 1) {
    for (const [name, address] of pages) {
      const startedMs = performance.now();
      await visitor.read(address);
      if (round > WARM_UP) times.get(name)?.push(performance.now() - startedMs);
    }
    progress.at(round);
  }
  progress.clear();
  return times;
}

async function exported(visitor: Visitor): Promise<string> {
  const startedMs = performance.now();
  const { bytes, lines } = await visitor.measure('/api/portal/transactions.csv');
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  const mebibytes = (bytes / 1_048_576).toFixed(1);
  return `All transactions as CSV: ${lines} lines, ${mebibytes} MiB in ${seconds} s.`;
}
