import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { TestTenant } from '../helpers/admin-client';
import { chargesOf, expectBooksRight, quotaOf, sumOf } from '../helpers/books';
import { outcomeOf, plain, readStream, stream } from '../helpers/buy';
import { createDatabase, type TestDatabase } from '../helpers/database';
import { startGateway, type TestGateway } from '../helpers/gateway';
import { startTcpProxy, type TcpProxy } from '../helpers/tcp-proxy';
import { until } from '../helpers/until';

const BALANCE = 1_000_000_000n;
/** Long enough for the last of three to be bought before the first is answered, on a busy machine too. */
const SLOW = { ttftMs: 1_500 };

let database: TestDatabase;
let proxy: TcpProxy;
let behindProxy: TestDatabase;
let folder: string;

beforeAll(async () => {
  database = await createDatabase();
  const url = new URL(database.url);
  proxy = await startTcpProxy(Number(url.port));
  url.port = String(proxy.port);
  behindProxy = { ...database, url: url.href };
});

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'tallygate-spool-'));
});

afterEach(() => {
  proxy.mend();
  rmSync(folder, { recursive: true, force: true });
});

afterAll(async () => {
  await proxy?.close();
  await database?.drop();
});

const filesIn = (dataDir: string): string[] => readdirSync(path.join(dataDir, 'spool'));

/** A plain and a streamed request whose answers are complete after Postgres has gone. */
async function buyAcrossOutage(gateway: TestGateway, tenant: TestTenant) {
  const underWay = Promise.all([
    plain(gateway, tenant, { script: SLOW }),
    plain(gateway, tenant, { traceId: `named-${tenant.id}`, script: SLOW }),
    stream(gateway, tenant, { script: { ...SLOW, outputTokens: 20, perTokenMs: 15 } }),
  ]);
  await until('all to be bought', () => gateway.simulator.stats().openRequests === 3);
  proxy.cut();
  return await underWay;
}

async function expectChargedOnce(gateway: TestGateway, tenant: TestTenant, count: number) {
  await expectBooksRight(gateway);
  const charges = await chargesOf(gateway, tenant);
  expect(charges.map((charge) => charge.status)).toEqual(charges.map(() => 'COMMITTED'));
  expect(charges).toHaveLength(count);
  expect((await quotaOf(gateway, tenant)).balance).toBe(BALANCE - sumOf(charges));
}

describe.each(['Redis', 'Postgres only'])('Postgres away at the commit (%s)', (mode) => {
  const redisUrl = mode === 'Redis' ? {} : { redisUrl: 'off' };
  const start = async (dataDir: string): Promise<TestGateway> => {
    const gateway = await startGateway({ database: behindProxy, dataDir, ...redisUrl });
    await gateway.admin.seedCatalogue(gateway.simulator.url);
    return gateway;
  };

  test('the answers leave, their charges wait on disk, and are booked once Postgres is back', async () => {
    const gateway = await start(folder);
    const tenant = await gateway.admin.newTenant();
    const [first, named, streamed] = await buyAcrossOutage(gateway, tenant);
    expect([first, named].map(outcomeOf)).toEqual(['200', '200']);
    expect(readStream(streamed.bytes).isDone).toBe(true);
    expect(filesIn(folder).length).toBeGreaterThan(0);
    proxy.mend();
    await expectChargedOnce(gateway, tenant, 3);
    expect(filesIn(folder)).toEqual([]);
    const amounts = (await chargesOf(gateway, tenant)).map((charge) => String(charge.amount));
    for (const reply of [first, named]) {
      expect(amounts).toContain(reply.headers.get('x-tallygate-cost'));
    }
    const repeat = { traceId: `named-${tenant.id}`, script: SLOW };
    const again = await plain(gateway, tenant, repeat);
    // Without Redis nobody could keep the answer meanwhile; it is never bought twice all the same.
    const isKept = mode === 'Redis';
    expect(outcomeOf(again)).toBe(isKept ? '200' : '409 trace_already_billed');
    expect(again.headers.get('idempotent-replayed')).toBe(isKept ? 'true' : null);
    expect(await chargesOf(gateway, tenant)).toHaveLength(3);
    await gateway.close();
  });

  test('charges that a dead process left on disk are booked by the next one', async () => {
    const first = await start(folder);
    const tenant = await first.admin.newTenant();
    await buyAcrossOutage(first, tenant);
    await first.close();
    expect(filesIn(folder).length).toBeGreaterThan(0);
    proxy.mend();
    const second = await start(folder);
    await expectChargedOnce(second, tenant, 3);
    expect(filesIn(folder)).toEqual([]);
    await second.close();
  });
});

test('without a disk the charges wait in Redis, and any instance books them', async () => {
  const noFolder = path.join(folder, 'a-file');
  writeFileSync(noFolder, '');
  const first = await startGateway({ database: behindProxy, dataDir: noFolder });
  await first.admin.seedCatalogue(first.simulator.url);
  const tenant = await first.admin.newTenant();
  const replies = await buyAcrossOutage(first, tenant);
  expect(replies.slice(0, 2).map(outcomeOf)).toEqual(['200', '200']);
  expect(await first.redis?.hlen(`{gw:quota:tenant:${tenant.id}}:spool`)).toBe(3);
  await first.close();
  proxy.mend();
  const second = await startGateway({ database: behindProxy });
  await until('the spool to be empty', async () => {
    return (await second.redis?.exists(`{gw:quota:tenant:${tenant.id}}:spool`)) === 0;
  });
  await expectChargedOnce(second, tenant, 3);
  await second.close();
});

test('with neither disk nor Redis the client is told, and the lease decides', async () => {
  const noFolder = path.join(folder, 'a-file');
  writeFileSync(noFolder, '');
  const gateway = await startGateway({
    database: behindProxy,
    dataDir: noFolder,
    redisUrl: 'off',
  });
  await gateway.admin.seedCatalogue(gateway.simulator.url);
  const tenant = await gateway.admin.newTenant();
  const [first, named, streamed] = await buyAcrossOutage(gateway, tenant);
  expect([first, named].map(outcomeOf)).toEqual([
    '503 billing_unavailable',
    '503 billing_unavailable',
  ]);
  expect(readStream(streamed.bytes).errorCode).toBe('billing_unavailable');
  await gateway.close();
});
