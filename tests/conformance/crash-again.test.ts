import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../tools/simulator/server';
import { ageOperations } from '../helpers/abandoned';
import { AdminClient, type TestTenant } from '../helpers/admin-client';
import { type BuiltProcess, startBuiltProcess } from '../helpers/built-process';
import { type Ask, outcomeOf, plain, stream } from '../helpers/buy';
import { createDatabase, type TestDatabase } from '../helpers/database';
import { TEST_SECRETS } from '../helpers/gateway';
import { sharedRedisUrl } from '../helpers/redis';
import { startTcpProxy } from '../helpers/tcp-proxy';
import { until } from '../helpers/until';

const CRON_SECRET = 'a-cron-secret-for-tests';
const DEATH_MS_MAX = 60_000;

describe('kill -9 of whoever mends what a dead process has left', () => {
  let database: TestDatabase;
  let simulator: Simulator;
  let redis: Redis;
  let dataDir: string;
  let tenants: TestTenant[] = [];
  let survivor: BuiltProcess;

  beforeAll(async () => {
    [database, simulator] = await Promise.all([createDatabase(), startSimulator()]);
    redis = new Redis(sharedRedisUrl());
    dataDir = mkdtempSync(path.join(os.tmpdir(), 'tallygate-spool-'));
    await withProcess({}, async ({ origin }) => {
      const seeding = new AdminClient(origin, TEST_SECRETS.ADMIN_TOKEN);
      await seeding.seedCatalogue(simulator.url);
      tenants = [await seeding.newTenant(), await seeding.newTenant()];
    });
  }, 120_000);
  afterAll(async () => {
    await survivor?.close();
    redis?.disconnect();
    await simulator?.close();
    await database?.drop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const tenantAt = (index: number): TestTenant => {
    const tenant = tenants[index];
    if (tenant === undefined) throw new Error('no such tenant');
    return tenant;
  };

  async function withProcess(
    env: Readonly<Record<string, string>>,
    use: (process: BuiltProcess) => Promise<void>,
  ): Promise<void> {
    const process = await startBuiltProcess(database, { CRON_SECRET, ...env });
    try {
      await use(process);
    } finally {
      await process.close();
    }
  }

  /** A process that serves one request and dies at a moment of it. */
  const dieServing = (at: string, buy: (gateway: { baseUrl: string }) => Promise<unknown>) =>
    withProcess({ TALLYGATE_FAILPOINT: `${at}=kill` }, async (process) => {
      await buy({ baseUrl: `${process.origin}/api/v1` }).catch(() => undefined);
      await process.gone();
    });

  const maintain = ({ origin }: BuiltProcess): Promise<Response> =>
    fetch(`${origin}/api/cron/maintain`, { headers: { authorization: `Bearer ${CRON_SECRET}` } });

  /** A process that is asked to mend, again and again, until it dies of it. */
  const dieMending = (at: string) =>
    withProcess({ TALLYGATE_FAILPOINT: `${at}=kill` }, (process) =>
      until(
        'it to die',
        async () => (await maintain(process).catch(() => null)) === null,
        DEATH_MS_MAX,
      ),
    );

  const statuses = async (tenant: TestTenant) =>
    (
      await database.sql<{ status: string; attempt: number }[]>`
        select status, attempt from billing_transaction
        where tenant_id = ${tenant.id} and kind = 'charge'`
    ).map(({ status, attempt }) => `${status} ${attempt}`);

  const operationsOf = (tenant: TestTenant) => redis.hlen(`{gw:quota:tenant:${tenant.id}}:ops`);

  it('the sweeper, killed before and after its commit, ends the charge once', async () => {
    const tenant = tenantAt(0);
    const script = { outputTokens: 900, perTokenMs: 1 };
    await dieServing('slab_checkpointed@2', (gateway) => stream(gateway, tenant, { script }));
    await database.sql`
      update billing_transaction set lease_expires_at = now() - interval '1 second'
      where tenant_id = ${tenant.id} and status = 'PENDING'`;
    await dieMending('sweep_found');
    expect(await statuses(tenant)).toEqual(['PENDING 1']);
    await dieMending('booked');
    expect(await statuses(tenant)).toEqual(['COMMITTED 1']);
    expect(await operationsOf(tenant)).toBe(1);
  }, 180_000);

  it('a process that had put its settlement on the spool, and the one that replays it, charge it once', async () => {
    const tenant = tenantAt(1);
    const ask: Ask = { traceId: 'spooled', script: { ttftMs: 1_500 } };
    const url = new URL(database.url);
    const proxy = await startTcpProxy(Number(url.port));
    url.port = String(proxy.port);
    const spool = { TALLYGATE_DATA_DIR: dataDir };
    const doomed = { ...spool, DATABASE_URL: url.href, TALLYGATE_FAILPOINT: 'spooled=kill' };
    await withProcess(doomed, async (process) => {
      const answer = plain({ baseUrl: `${process.origin}/api/v1` }, tenant, ask);
      answer.catch(() => undefined);
      await until('it to be bought', () => simulator.stats().openRequests === 1);
      proxy.cut();
      await expect(answer).rejects.toThrow();
      await process.gone();
    });
    await proxy.close();
    expect(await statuses(tenant)).toEqual(['PENDING 1']);
    const waiting = () =>
      readdirSync(path.join(dataDir, 'spool')).filter((name) => name.endsWith('.jsonl'));
    expect(waiting()).toHaveLength(1);

    // It replays within two seconds of its start, perhaps before it is ready.
    const replaying = { ...spool, TALLYGATE_FAILPOINT: 'replayed=kill' };
    await withProcess(replaying, (process) => process.gone()).catch(() => undefined);
    expect(await statuses(tenant)).toEqual(['COMMITTED 1']);
    expect(waiting()).toHaveLength(1);

    survivor = await startBuiltProcess(database, { ...spool, CRON_SECRET });
    await until('the spool to be empty', () => waiting().length === 0);
    const calls = simulator.stats().requests.length;
    const again = await plain({ baseUrl: `${survivor.origin}/api/v1` }, tenant, ask);
    expect([outcomeOf(again), again.headers.get('idempotent-replayed')]).toEqual(['200', 'true']);
    expect(simulator.stats().requests).toHaveLength(calls);
    expect(await statuses(tenant)).toEqual(['COMMITTED 1']);
  }, 180_000);

  it('leave nothing that the next round does not mend: the audit finds the books right', async () => {
    const admin = new AdminClient(survivor.origin, TEST_SECRETS.ADMIN_TOKEN);
    for (const tenant of tenants) await ageOperations({ redis }, tenant);
    expect((await maintain(survivor)).status).toBe(200);
    expect(await Promise.all(tenants.map(operationsOf))).toEqual([0, 0]);
    const { ok, invariants } = await admin.audit();
    expect(invariants.filter((invariant) => !invariant.ok)).toEqual([]);
    expect(ok).toBe(true);
  });
});
