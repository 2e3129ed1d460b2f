import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectBooksRight, onlyChargeOf, quotaOf, sumOf } from '../helpers/books';
import { type Ask, outcomeOf, plain } from '../helpers/buy';
import { untilEnded } from '../helpers/ended';
import { quoteOf } from '../helpers/enquiries';
import { startGateway, type TestGateway } from '../helpers/gateway';
import { sharedRedisUrl } from '../helpers/redis';
import { startTcpProxy, type TcpProxy } from '../helpers/tcp-proxy';
import { until } from '../helpers/until';

const ASK: Ask = { maxTokens: 40, script: { outputTokens: 40, ttftMs: 2_500 } };

describe('a hold that one instance placed in Postgres, while another one uses Redis', () => {
  let proxy: TcpProxy;
  let there: TestGateway;
  let cutOff: TestGateway;
  let hold: bigint;

  beforeAll(async () => {
    const url = new URL(sharedRedisUrl());
    proxy = await startTcpProxy(Number(url.port));
    url.port = String(proxy.port);
    there = await startGateway();
    const { database, simulator } = there;
    cutOff = await startGateway({ database, simulator, redisUrl: url.href });
    hold = BigInt((await quoteOf(there, await there.admin.newTenant(), ASK)).hold);
  });
  afterAll(async () => {
    await cutOff?.close();
    await there?.close();
    await proxy?.close();
  });

  const isUp = () => cutOff.container.quotaSide.redisState() === 'up';

  /** A tenant that Redis knows, on the price of one; that one is under way beside Redis. */
  async function spentBesideRedis() {
    const tenant = await there.admin.newTenant({ balance: String(2n * hold - 1n) });
    expect((await quoteOf(there, tenant, ASK)).isAdmitted).toBe(true);
    await there.admin.call('PATCH', `tenants/${tenant.id}`, { creditLimit: '0' });
    await until('Redis to be used', isUp);
    proxy.cut();
    await until('it to be missed', () => !isUp());
    const underWay = plain(cutOff, tenant, ASK);
    await until(
      'it to be admitted',
      async () => (await there.admin.charges(tenant.id)).length === 1,
    );
    expect(await onlyChargeOf(there, tenant)).toMatchObject({ admitted_by: 'postgres', hold });
    return { tenant, underWay };
  }

  it('is known there once the reconciler has looked: nothing more is admitted', async () => {
    const { tenant, underWay } = await spentBesideRedis();
    await there.container.maintain();
    expect(outcomeOf(await plain(there, tenant, ASK))).toBe('402 insufficient_quota');
    proxy.mend();
    expect(outcomeOf(await underWay)).toBe('200');
    await untilEnded(there, tenant, 1);
    await until('Redis to be used', isUp);
    await expectBooksRight(there);
  });

  it('is overspent before that by no more than what was held, and charged in full', async () => {
    const { tenant, underWay } = await spentBesideRedis();
    const beside = await plain(there, tenant, ASK);
    expect(['200', '402 insufficient_quota']).toContain(outcomeOf(beside));
    expect(outcomeOf(await underWay)).toBe('200');
    const answered = beside.status === 200 ? 2 : 1;
    const rows = await untilEnded(there, tenant, answered);
    const { balance } = await quotaOf(there, tenant);
    expect(balance).toBe(2n * hold - 1n - sumOf(rows));
    expect(balance).toBeGreaterThanOrEqual(-hold);
    proxy.mend();
    await until('Redis to be used', isUp);
    for (const gateway of [there, cutOff]) await gateway.container.maintain();
    await expectBooksRight(there);
  });
});
