import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { onFailpoint } from '@/server/gateway/failpoints';
import { replaySpool } from '@/server/gateway/replay';
import { createFileSpool } from '@/server/stores/spool/file-spool';
import { expectBooksRight, onlyChargeOf } from '../helpers/books';
import { outcomeOf, plain } from '../helpers/buy';
import { createDatabase, type TestDatabase } from '../helpers/database';
import { startGateway, type TestGateway } from '../helpers/gateway';
import { startOtherInstance } from '../helpers/other-instance';
import { startTcpProxy, type TcpProxy } from '../helpers/tcp-proxy';
import { until } from '../helpers/until';

describe('a settlement on the spool', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let gateway: TestGateway;
  let folder: string;

  beforeAll(async () => {
    database = await createDatabase();
    const url = new URL(database.url);
    proxy = await startTcpProxy(Number(url.port));
    url.port = String(proxy.port);
    folder = mkdtempSync(path.join(os.tmpdir(), 'tallygate-spool-'));
    gateway = await startGateway({ database: { ...database, url: url.href }, dataDir: folder });
    await gateway.admin.seedCatalogue(gateway.simulator.url);
  });
  afterEach(() => {
    onFailpoint(null);
    proxy.mend();
  });
  afterAll(async () => {
    await gateway.close();
    await proxy.close();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const spool = () => path.join(folder, 'spool');
  const untilSpoolIsEmpty = () =>
    until('the spool to be empty', () => readdirSync(spool()).length === 0);

  /** A plain answer that is complete once Postgres has gone; no row stands for it. */
  async function buyAcrossOutage(tenant: { readonly apiKey: string }) {
    const answer = plain(gateway, tenant, { script: { ttftMs: 300 } });
    await until('it to be bought', () => gateway.simulator.stats().openRequests === 1);
    proxy.cut();
    return await answer;
  }

  it('that is booked before its request goes on still has its answer delivered', async () => {
    const tenant = await gateway.admin.newTenant();
    onFailpoint(async (at) => {
      if (at !== 'spooled') return;
      proxy.mend();
      await untilSpoolIsEmpty();
    });
    expect(outcomeOf(await buyAcrossOutage(tenant))).toBe('200');
    expect(await onlyChargeOf(gateway, tenant)).toMatchObject({ status: 'COMMITTED' });
    await expectBooksRight(gateway);
  });

  it('that another process of the folder booked holds nothing any more in the first one', async () => {
    const tenant = await gateway.admin.newTenant();
    expect(outcomeOf(await buyAcrossOutage(tenant))).toBe('200');
    const other = startOtherInstance({ ...gateway, database });
    const ports = { ...other.ports, spool: createFileSpool(spool(), () => undefined) };
    expect(await replaySpool(ports)).toBe(1);
    await other.close();
    proxy.mend();
    await until('the first process to look', async () => {
      // As after the tombstone's time, and a Redis that came back empty.
      const own = `gw:quota:tenant:${tenant.id}`;
      await gateway.redis?.del(own, `{${own}}:folded`, `{${own}}:ops`);
      const again = await plain(gateway, tenant).catch(() => null);
      if (again?.status !== 200) return false;
      await until('its own settlement', () => gateway.container.inFlight === 0);
      await new Promise((resolve) => setTimeout(resolve, 100));
      return (await gateway.redis?.hlen(`{${own}}:ops`)) === 0;
    });
    await expectBooksRight(gateway);
  });
});
