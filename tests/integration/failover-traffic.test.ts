import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { TestTenant } from '../helpers/admin-client';
import { chargesOf, expectBooksRight, expectStoresAgree, quotaOf, sumOf } from '../helpers/books';
import {
  type Ask,
  atOnce,
  outcomeOf,
  plain,
  type Reply,
  readStream,
  stream,
  tally,
} from '../helpers/buy';
import { untilEnded } from '../helpers/ended';
import { startGateway, type TestGateway } from '../helpers/gateway';
import { startRedis, type TestRedis } from '../helpers/redis';
import { until } from '../helpers/until';

const BALANCE = 1_000_000_000n;
/** They fall back to one row of Postgres together, where none may wait for longer than five seconds. */
const PARALLEL = 60;

let redis: TestRedis;
let gateway: TestGateway;

beforeAll(async () => {
  redis = await startRedis();
  gateway = await startGateway({ redisUrl: redis.url });
});

afterEach(() => expectBooksRight(gateway));

afterAll(async () => {
  await gateway?.close();
  await redis?.close();
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Plain requests and streams, named and not, that are under way for half a second or so. */
const traffic = (tenant: TestTenant, count: number): Promise<Reply[]> =>
  atOnce(count, async (index) => {
    await pause(index * 5);
    const ask: Ask = {
      maxTokens: 40,
      script: { outputTokens: 30, perTokenMs: 5 },
      ...(index % 3 === 0 ? { traceId: `traffic-${index}` } : {}),
    };
    return await (index % 2 === 0 ? plain : stream)(gateway, tenant, ask);
  });

const untilRedisIsUsed = () =>
  until('Redis to be used again', () => gateway.container.quotaSide.redisState() === 'up');

const storms: { storm: string; rage: () => Promise<void> }[] = [
  {
    storm: 'FLUSHALL twice',
    rage: async () => {
      await pause(150);
      await gateway.redis?.flushall();
      await pause(200);
      await gateway.redis?.flushall();
    },
  },
  {
    storm: 'SCRIPT FLUSH many times',
    rage: async () => {
      for (let time = 0; time < 20; time += 1) {
        await gateway.redis?.script('FLUSH');
        await pause(25);
      }
    },
  },
  {
    storm: 'a restart that keeps everything',
    rage: async () => {
      await pause(200);
      await redis.kill();
      await redis.start();
    },
  },
  {
    storm: 'a restart that keeps nothing',
    rage: async () => {
      await pause(200);
      await redis.kill();
      await pause(100);
      await redis.start({ empty: true });
    },
  },
  {
    storm: 'a second of standing still',
    rage: async () => {
      await pause(200);
      redis.signal('SIGSTOP');
      await pause(1_000);
      redis.signal('SIGCONT');
    },
  },
];

test.each(storms)(
  '60 parallel requests through $storm: each is answered and charged once, and the stores agree',
  async ({ rage }) => {
    const tenant = await gateway.admin.newTenant();
    const [replies] = await Promise.all([traffic(tenant, PARALLEL), rage()]);
    expect(tally(replies)).toEqual({ '200': PARALLEL });
    const streams = replies.filter((_, index) => index % 2 === 1);
    expect(streams.every((reply) => readStream(reply.bytes).isDone)).toBe(true);
    const rows = await untilEnded(gateway, tenant, PARALLEL);
    expect(rows.every((row) => row.status === 'COMMITTED' && row.output_tokens === 30)).toBe(true);
    expect(await quotaOf(gateway, tenant)).toMatchObject({
      balance: BALANCE - sumOf(rows),
      daily_used: PARALLEL,
      monthly_used: PARALLEL,
    });
    await untilRedisIsUsed();
    expect(outcomeOf(await plain(gateway, tenant))).toBe('200');
    await expectStoresAgree(gateway, tenant);
    // A second later still: nothing came late.
    await pause(1_000);
    await expectStoresAgree(gateway, tenant);
  },
);

test('a limit holds through an outage, but for what was in flight when it began', async () => {
  const tenant = await gateway.admin.newTenant({ dailyLimit: 30 });
  const asked = traffic(tenant, 80);
  await until('some to be under way', () => gateway.container.inFlight >= 10);
  const inFlight = gateway.container.inFlight;
  await redis.kill();
  const { '200': answered = 0, ...refused } = tally(await asked);
  expect(Object.keys(refused)).toEqual(['429 daily_quota_exceeded']);
  expect(answered).toBeGreaterThanOrEqual(30);
  expect(answered).toBeLessThanOrEqual(30 + inFlight);
  await untilEnded(gateway, tenant, answered);
  await redis.start();
  await untilRedisIsUsed();
});

test('a trace in flight when Redis dies is bought once, however often it is asked for', async () => {
  const tenant = await gateway.admin.newTenant();
  const ask: Ask = { traceId: 'across', script: { ttftMs: 1_500 } };
  const first = plain(gateway, tenant, ask);
  await until('it to be bought', () => gateway.simulator.stats().openRequests === 1);
  const calls = gateway.simulator.stats().requests.length;
  await redis.kill();
  const repeats = await atOnce(5, () => plain(gateway, tenant, ask));
  expect(tally(repeats)).toEqual({ '409 trace_in_flight': 5 });
  expect(outcomeOf(await first)).toBe('200');
  // Its answer was kept by the store that was there.
  const again = await plain(gateway, tenant, ask);
  expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
  await redis.start({ empty: true });
  await untilRedisIsUsed();
  const later = await plain(gateway, tenant, ask);
  expect([later.status, later.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
  expect(gateway.simulator.stats().requests).toHaveLength(calls);
  expect(await chargesOf(gateway, tenant)).toHaveLength(1);
});

test('an answer that Redis forgot is not bought a second time', async () => {
  const tenant = await gateway.admin.newTenant();
  const ask: Ask = { traceId: 'forgotten' };
  expect(outcomeOf(await plain(gateway, tenant, ask))).toBe('200');
  await gateway.redis?.flushall();
  expect(outcomeOf(await plain(gateway, tenant, ask))).toBe('409 trace_already_billed');
  expect(await chargesOf(gateway, tenant)).toHaveLength(1);
});
