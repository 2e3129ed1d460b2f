import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { hashBody } from '@/server/gateway/exchange';
import { LEASE_MS } from '@/server/gateway/limits';
import { maintain } from '@/server/gateway/maintain';
import { sweep } from '@/server/gateway/sweep';
import { UNBOUNDED } from '@/server/gateway/time-budget';
import { createGatewayTelemetry } from '@/server/telemetry/create-gateway-telemetry';
import { createLogger } from '@/server/telemetry/logger';
import { createMetrics } from '@/server/telemetry/metrics';
import { abandonHold, abandonStream, ageOperations } from '../helpers/abandoned';
import type { TestTenant } from '../helpers/admin-client';
import { chargesOf, expectBooksRight, expectStoresAgree, hashOf, quotaOf } from '../helpers/books';
import { bodyOf, outcomeOf, plain } from '../helpers/buy';
import { paid } from '../helpers/charges';
import { untilEnded } from '../helpers/ended';
import { startGateway, type TestGateway } from '../helpers/gateway';
import { letLeasesRunOut, type OtherInstance, startOtherInstance } from '../helpers/other-instance';
import { until } from '../helpers/until';

const BALANCE = 1_000_000_000n;
const NOTHING_RECONCILED = { dropped: 0, tenants: 0, drifted: 0, left: 0 };
const reportSchema = z.looseObject({
  dropped: z.number(),
  tenants: z.number(),
  drifted: z.number(),
});

let gateway: TestGateway;
let dead: OtherInstance;
let sweepers: OtherInstance[];

beforeAll(async () => {
  gateway = await startGateway();
  dead = startOtherInstance(gateway);
  sweepers = Array.from({ length: 8 }, () => startOtherInstance(gateway));
});

afterAll(async () => {
  for (const instance of [dead, ...(sweepers ?? [])]) await instance?.close();
  await gateway?.close();
});

const reconcile = async () => reportSchema.parse(await gateway.admin.call('POST', 'reconcile'));

/** A tenant who has bought once, so that Redis knows it. */
async function knownTenant(): Promise<TestTenant> {
  const tenant = await gateway.admin.newTenant();
  expect(outcomeOf(await plain(gateway, tenant))).toBe('200');
  await untilEnded(gateway, tenant, 1);
  return tenant;
}

const drift = async (tenant: TestTenant): Promise<number | undefined> => {
  const { values } = await gateway.container.metrics.quotaRedisDbDiff.get();
  return values.find(({ labels }) => labels.tenant_id === tenant.id)?.value;
};

describe('the sweeper', () => {
  it('commits what the checkpoint says has left, and voids what delivered nothing', async () => {
    const tenant = await gateway.admin.newTenant();
    const begun = await abandonStream(dead, tenant, 20);
    const idle = await abandonStream(dead, tenant, 0);
    expect((await gateway.admin.tenant(tenant.id)).held).toBe('200');
    await letLeasesRunOut(gateway, tenant);
    await sweep(dead.ports);
    const rows = await untilEnded(gateway, tenant, 2);
    const byId = new Map(rows.map((row) => [row.id, row]));
    // Three tokens in and twenty out, at one nano each.
    expect(byId.get(begun.transactionId)).toMatchObject({
      status: 'COMMITTED',
      finish: 'lease_expired',
      usage_source: 'checkpoint',
      output_tokens: 20,
      amount: 23n,
    });
    expect(byId.get(idle.transactionId)).toMatchObject({
      status: 'VOIDED',
      finish: 'lease_expired',
      amount: 0n,
    });
    expect(await quotaOf(gateway, tenant)).toMatchObject({ balance: BALANCE - 23n, daily_used: 1 });
    await expectStoresAgree(gateway, tenant);
  });

  it('eight at once end every charge once', async () => {
    const tenant = await gateway.admin.newTenant();
    for (let round = 0; round < 12; round += 1) await abandonStream(dead, tenant, (round % 3) * 10);
    await letLeasesRunOut(gateway, tenant);
    await Promise.all(sweepers.map((instance) => sweep(instance.ports)));
    const rows = await untilEnded(gateway, tenant, 12);
    expect(rows.filter((row) => row.status === 'VOIDED')).toHaveLength(4);
    expect(await quotaOf(gateway, tenant)).toMatchObject({
      balance: BALANCE - 4n * 13n - 4n * 23n,
      daily_used: 8,
      monthly_used: 8,
    });
    await expectStoresAgree(gateway, tenant);
  });

  it('leaves alone a charge whose lease is good', async () => {
    const tenant = await gateway.admin.newTenant();
    const charge = await abandonStream(dead, tenant, 10);
    await dead.ports.ledger.renew([charge], 30_000);
    await sweep(dead.ports);
    expect(await chargesOf(gateway, tenant)).toMatchObject([{ status: 'PENDING' }]);
    await letLeasesRunOut(gateway, tenant);
    await sweep(dead.ports);
    await untilEnded(gateway, tenant, 1);
  });

  it('frees the trace of a void charge: the same request runs again', async () => {
    const tenant = await gateway.admin.newTenant();
    const ask = { prompt: 'Once more.' };
    const bodyHash = hashBody('/chat/completions', Buffer.from(bodyOf(ask, false)));
    const { traceId } = await abandonStream(dead, tenant, 0, { bodyHash });
    const again = { ...ask, traceId };
    expect(outcomeOf(await plain(gateway, tenant, again))).toBe('409 trace_in_flight');
    await letLeasesRunOut(gateway, tenant);
    await sweep(dead.ports);
    await untilEnded(gateway, tenant, 1);
    expect(outcomeOf(await plain(gateway, tenant, again))).toBe('200');
    expect(await chargesOf(gateway, tenant)).toMatchObject([{ status: 'COMMITTED', attempt: 2 }]);
  });
});

describe('maintenance', () => {
  it('books the spool before it sweeps: an answer that has left is charged as it was', async () => {
    const tenant = await gateway.admin.newTenant();
    const { ledger, spool } = dead.ports;
    const isUp = async () => (await ledger.upForMs()) > LEASE_MS;
    await until('the ledger to be up for a lease', isUp, LEASE_MS + 5_000);
    const charge = await abandonStream(dead, tenant, 0);
    await spool.put(paid(charge, 23n));
    await letLeasesRunOut(gateway, tenant);
    const metrics = createMetrics();
    const telemetry = createGatewayTelemetry(metrics, createLogger('silent'));
    const ports = { ...dead.ports, telemetry };
    const report = await maintain(ports, async () => NOTHING_RECONCILED, UNBOUNDED);
    expect(report).toMatchObject({ replayed: 1, swept: 0 });
    const [row] = await untilEnded(gateway, tenant, 1);
    expect(row).toMatchObject({ status: 'COMMITTED', finish: 'complete', amount: 23n });
    // Swept first, it would be booked all the same, but late: what it held was free meanwhile.
    const late = await metrics.lateSettlements.get();
    expect(late.values.filter(({ value }) => value > 0)).toEqual([]);
  });
});

describe('the reconciler', () => {
  it('drops a hold whose owner died before it wrote a row', async () => {
    const tenant = await knownTenant();
    await abandonHold(dead, tenant);
    expect((await hashOf(gateway, tenant))?.balance).toBe(
      String((await quotaOf(gateway, tenant)).balance - 100n),
    );
    await ageOperations(gateway, tenant);
    expect((await reconcile()).dropped).toBeGreaterThanOrEqual(1);
    await expectStoresAgree(gateway, tenant);
  });

  it('is not stopped by operations that are none of ours', async () => {
    const tenant = await knownTenant();
    const strange = `{gw:quota:tenant:${tenant.id}}:ops`;
    await gateway.redis?.hset(strange, 'no-operation', '0|0|0|0|key|day|month|0|s|');
    await abandonHold(dead, tenant);
    await ageOperations(gateway, tenant);
    expect((await reconcile()).dropped).toBeGreaterThanOrEqual(1);
    await gateway.redis?.hdel(strange, 'no-operation');
    await expectStoresAgree(gateway, tenant);
  });

  it('drops a settled amount that the ledger contains and whose fold was lost', async () => {
    const tenant = await knownTenant();
    const charge = await abandonStream(dead, tenant, 0);
    await dead.ports.quota.deduct({
      charge,
      amountNano: 40n,
      tokens: 7,
      requests: 1,
      unused: null,
      allowNegative: true,
      quotaTypes: [],
      leaseMs: 1,
    });
    await dead.ports.ledger.settle(paid(charge, 40n));
    const { balance } = await quotaOf(gateway, tenant);
    await ageOperations(gateway, tenant);
    await reconcile();
    expect((await hashOf(gateway, tenant))?.balance).toBe(String(balance));
    await expectStoresAgree(gateway, tenant);
  });

  it('keeps an operation whose row is still open, and one whose lease is good', async () => {
    const tenant = await knownTenant();
    const open = await abandonStream(dead, tenant, 0);
    await ageOperations(gateway, tenant);
    const fresh = await abandonHold(dead, tenant);
    await dead.ports.quota.renew([fresh], 30_000);
    await reconcile();
    const key = `{gw:quota:tenant:${tenant.id}}:ops`;
    const kept = [open.operationId, fresh.operationId].sort();
    expect((await gateway.redis?.hkeys(key))?.sort()).toEqual(kept);
    await letLeasesRunOut(gateway, tenant);
    await sweep(dead.ports);
    await ageOperations(gateway, tenant);
    await reconcile();
    await expectStoresAgree(gateway, tenant);
  });

  it('brings a hash up to what was changed behind its back', async () => {
    const tenant = await knownTenant();
    await gateway.database.sql`
      update tenant_quota set daily_limit = 7, credit_limit = 5 where tenant_id = ${tenant.id}`;
    await reconcile();
    const limits = { daily_limit: '7', credit_limit: '5' };
    expect(await hashOf(gateway, tenant)).toMatchObject(limits);
    await expectStoresAgree(gateway, tenant);
  });

  it('shows what differs at one version in quota_redis_db_diff, and zero once it agrees again', async () => {
    const tenant = await knownTenant();
    const key = `gw:quota:tenant:${tenant.id}`;
    await gateway.redis?.hincrby(key, 'base', 700);
    await gateway.redis?.hincrby(key, 'balance', 700);
    expect((await reconcile()).drifted).toBe(1);
    expect(await drift(tenant)).toBe(700);
    await gateway.redis?.hincrby(key, 'base', -700);
    await gateway.redis?.hincrby(key, 'balance', -700);
    expect((await reconcile()).drifted).toBe(0);
    expect(await drift(tenant)).toBe(0);
  });

  it('shows no difference any more for a tenant whose hash is gone', async () => {
    const tenant = await knownTenant();
    const key = `gw:quota:tenant:${tenant.id}`;
    await gateway.redis?.hincrby(key, 'balance', -700);
    await reconcile();
    expect(await drift(tenant)).toBe(700);
    await gateway.redis?.del(key);
    await reconcile();
    expect((await drift(tenant)) ?? 0).toBe(0);
  });
});

it('the books of every tenant are right afterwards', () => expectBooksRight(gateway));
