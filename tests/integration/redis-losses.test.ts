import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestTenant } from '../helpers/admin-client';
import {
  expectBooksRight,
  expectStoresAgree,
  forgetHash,
  onlyChargeOf,
  quotaOf,
} from '../helpers/books';
import { type Ask, outcomeOf, plain } from '../helpers/buy';
import { untilEnded } from '../helpers/ended';
import { quoteOf } from '../helpers/enquiries';
import { startGateway, type TestGateway } from '../helpers/gateway';
import { startRedis, type TestRedis } from '../helpers/redis';
import { until } from '../helpers/until';

const ASK: Ask = { maxTokens: 40, script: { outputTokens: 40 } };
const OPEN: Ask = { maxTokens: 40, script: { outputTokens: 40, ttftMs: 60_000 } };
const OWN_LIMIT = { quotas: [{ quotaType: 'daily_requests', limit: 2 }] };

describe('right after Redis has lost', () => {
  let redis: TestRedis;
  let gateway: TestGateway;
  /** What a request costs, and what is held for it. */
  let cost: bigint;
  let hold: bigint;
  /** What is held for one that is under way for long. */
  let openHold: bigint;

  beforeAll(async () => {
    redis = await startRedis();
    gateway = await startGateway({ redisUrl: redis.url });
    const probe = await gateway.admin.newTenant();
    await buy(probe);
    await untilEnded(gateway, probe, 1);
    cost = (await onlyChargeOf(gateway, probe)).amount;
    hold = BigInt((await quoteOf(gateway, probe, ASK)).hold);
    openHold = BigInt((await quoteOf(gateway, probe, OPEN)).hold);
  });
  afterAll(async () => {
    await gateway?.close();
    await redis?.close();
  });

  async function buy(tenant: TestTenant): Promise<void> {
    expect(outcomeOf(await plain(gateway, tenant, ASK))).toBe('200');
  }

  /** A plain request that is under way until its client leaves; no row stands for it. */
  async function keepOpen(tenant: TestTenant): Promise<() => Promise<void>> {
    const leaving = new AbortController();
    const before = gateway.simulator.stats().openRequests;
    const open = plain(gateway, tenant, { ...OPEN, signal: leaving.signal });
    open.catch(() => undefined);
    await until('it to be bought', () => gateway.simulator.stats().openRequests === before + 1);
    return async () => {
      leaving.abort();
      await expect(open).rejects.toThrow();
      await until('it to be let go', () => gateway.container.inFlight === 0);
    };
  }

  const isUp = () => gateway.container.quotaSide.redisState() === 'up';

  async function restart(options: { empty?: boolean; older?: boolean }): Promise<void> {
    await redis.kill();
    await until('it to be missed', () => !isUp());
    await redis.start(options);
    await until('it to be used', isUp);
  }

  const losses: { lost: string; lose: (tenants: TestTenant[]) => Promise<unknown> }[] = [
    { lost: 'all, by a restart', lose: () => restart({ empty: true }) },
    {
      lost: 'its newest writes, by a restart from an older file',
      lose: () => restart({ older: true }),
    },
    { lost: 'all, by FLUSHALL', lose: async () => gateway.redis?.flushall() },
    {
      lost: 'only the quota hashes',
      lose: (tenants) => Promise.all(tenants.map((tenant) => forgetHash(gateway, tenant))),
    },
    {
      lost: 'only the open operations',
      lose: (tenants) =>
        Promise.all(tenants.map(({ id }) => gateway.redis?.del(`{gw:quota:tenant:${id}}:ops`))),
    },
    { lost: 'its scripts', lose: async () => gateway.redis?.script('FLUSH') },
  ];

  it.each(losses)(
    '$lost: balance, holds, counters and every limit are what they were',
    async ({ lose }) => {
      const { admin } = gateway;
      // A third request is beyond each of these; with one forgotten it would not be.
      const spent = [
        {
          outcome: '402 insufficient_quota',
          tenant: await admin.newTenant({ balance: String(2n * cost + hold - 1n) }),
        },
        { outcome: '429 daily_quota_exceeded', tenant: await admin.newTenant({ dailyLimit: 2 }) },
        {
          outcome: '429 monthly_quota_exceeded',
          tenant: await admin.newTenant({ monthlyLimit: 2 }),
        },
        { outcome: '429 daily_quota_exceeded', tenant: await admin.newTenant({}, OWN_LIMIT) },
      ];
      const lowered = await admin.newTenant();
      const rich = await admin.newTenant();
      const atWork = await admin.newTenant({ balance: String(openHold + hold - 1n) });
      const buyers = [...spent.map(({ tenant }) => tenant), lowered, rich];
      await Promise.all(buyers.map(buy));
      // A fold that the file lacks would be made up for only when its operation's lease is over.
      await expectStoresAgree(gateway);
      redis.keepFile();
      await Promise.all(buyers.map(buy));
      await admin.call('PATCH', `tenants/${lowered.id}`, { dailyLimit: 2 });
      const leave = await keepOpen(atWork);

      await lose([...buyers, atWork]);
      const [third, other, ...refused] = await Promise.all([
        plain(gateway, rich, ASK),
        plain(gateway, atWork, ASK),
        plain(gateway, lowered, ASK),
        ...spent.map(({ tenant }) => plain(gateway, tenant, ASK)),
      ]);
      expect(refused.map(outcomeOf)).toEqual([
        '429 daily_quota_exceeded',
        ...spent.map(({ outcome }) => outcome),
      ]);
      expect(outcomeOf(other)).toBe('402 insufficient_quota');
      expect(outcomeOf(third)).toBe('200');
      expect(third.headers.get('x-tallygate-balance')).toBe(String(1_000_000_000n - 3n * cost));
      await untilEnded(gateway, rich, 3);
      expect(await quotaOf(gateway, rich)).toMatchObject({ daily_used: 3, monthly_used: 3 });
      await leave();
      await expectBooksRight(gateway);
    },
  );
});
