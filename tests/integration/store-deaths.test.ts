import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Failpoint, onFailpoint } from '@/server/gateway/failpoints';
import type { TestTenant } from '../helpers/admin-client';
import { chargesOf, expectBooksRight } from '../helpers/books';
import { outcomeOf, plain, readStream, stream } from '../helpers/buy';
import { createDatabase, type TestDatabase } from '../helpers/database';
import { untilEnded } from '../helpers/ended';
import { startGateway, type TestGateway } from '../helpers/gateway';
import { startRedis, type TestRedis } from '../helpers/redis';
import { startTcpProxy, type TcpProxy } from '../helpers/tcp-proxy';
import { until } from '../helpers/until';

/** So long a store is away: less than a settlement's patience. */
const AWAY_MS = 250;

const PLAIN: readonly Failpoint[] = [
  ...(['hold_placed', 'row_opened', 'before_purchase', 'plain_answered'] as const),
  ...(['answer_stored', 'deducted', 'booked', 'folded'] as const),
];
const STREAM: readonly Failpoint[] = [
  ...(['stream_delivered', 'hold_raised', 'slab_checkpointed', 'deducted'] as const),
];
const MOMENTS = [
  ...PLAIN.map((at) => ({ at, what: 'a plain request', ask: plain })),
  ...STREAM.map((at) => ({ at, what: 'a stream', ask: stream })),
];

/** The script that comes next: quota_deduct, quota_fold, quota_raise. */
const BEFORE_A_SCRIPT = MOMENTS.filter(
  ({ at, ask }) =>
    (ask === plain && (at === 'plain_answered' || at === 'booked')) ||
    (ask === stream && at === 'stream_delivered'),
);

describe('a store that dies at a moment of the protocol', () => {
  let database: TestDatabase;
  let redis: TestRedis;
  let proxy: TcpProxy;
  let redisProxy: TcpProxy;
  let gateway: TestGateway;
  let away: Promise<unknown> = Promise.resolve();

  beforeAll(async () => {
    [database, redis] = await Promise.all([createDatabase(), startRedis()]);
    const url = new URL(database.url);
    proxy = await startTcpProxy(Number(url.port));
    url.port = String(proxy.port);
    const redisUrl = new URL(redis.url);
    redisProxy = await startTcpProxy(Number(redisUrl.port));
    redisUrl.port = String(redisProxy.port);
    gateway = await startGateway({
      redisUrl: redisUrl.href,
      database: { ...database, url: url.href },
    });
    await gateway.admin.seedCatalogue(gateway.simulator.url);
  });
  afterEach(async () => {
    onFailpoint(null);
    await away;
    await until('Redis to be used', () => gateway.container.quotaSide.redisState() === 'up');
    await expectBooksRight(gateway);
  });
  afterAll(async () => {
    await gateway?.close();
    await proxy?.close();
    await redisProxy?.close();
    await redis?.close();
    await database?.drop();
  });

  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  /** Strikes once, the first time that the protocol comes there. */
  function strikeAt(moment: Failpoint, strike: () => Promise<void>, heal: () => Promise<void>) {
    let isStruck = false;
    onFailpoint(async (at) => {
      if (at !== moment || isStruck) return;
      isStruck = true;
      await strike();
      away = pause(AWAY_MS).then(heal);
    });
    return () => isStruck;
  }

  async function buyThrough(ask: typeof plain, tenant: TestTenant, isStruck: () => boolean) {
    const script = { outputTokens: ask === stream ? 700 : 20 };
    const reply = await ask(gateway, tenant, { traceId: 'struck', script });
    await until('it to be struck', isStruck);
    return reply;
  }

  async function expectBoughtOnce(tenant: TestTenant): Promise<void> {
    const [charge] = await untilEnded(gateway, tenant, 1);
    expect(charge?.status).toBe('COMMITTED');
  }

  it.each(MOMENTS)(
    'Redis, killed at $at of $what: it is answered and charged once',
    async ({ at, ask }) => {
      const tenant = await gateway.admin.newTenant();
      const empty = MOMENTS.findIndex((moment) => moment.at === at) % 2 === 0;
      const isStruck = strikeAt(at, redis.kill, () => redis.start({ empty }));
      const reply = await buyThrough(ask, tenant, isStruck);
      expect(outcomeOf(reply)).toBe('200');
      if (ask === stream) expect(readStream(reply.bytes)).toMatchObject({ isDone: true });
      await expectBoughtOnce(tenant);
    },
  );

  it.each(BEFORE_A_SCRIPT)(
    'Redis, whose replies are lost from $at of $what on: its scripts run, and it is charged once',
    async ({ at, ask }) => {
      const tenant = await gateway.admin.newTenant();
      const isStruck = strikeAt(
        at,
        async () => redisProxy.loseReplies(),
        async () => redisProxy.mend(),
      );
      expect(outcomeOf(await buyThrough(ask, tenant, isStruck))).toBe('200');
      await expectBoughtOnce(tenant);
    },
  );

  it.each(MOMENTS)(
    'Postgres, out of reach at $at of $what: it is answered and charged once, or refused and free to run again',
    async ({ at, ask }) => {
      const tenant = await gateway.admin.newTenant();
      const isStruck = strikeAt(
        at,
        async () => proxy.cut(),
        async () => proxy.mend(),
      );
      const reply = await buyThrough(ask, tenant, isStruck);
      if (outcomeOf(reply) === '200') {
        if (ask === stream) expect(readStream(reply.bytes)).toMatchObject({ isDone: true });
      } else {
        expect(outcomeOf(reply)).toBe('503 billing_unavailable');
        const charges = await chargesOf(gateway, tenant);
        expect(charges.filter((charge) => charge.status === 'COMMITTED')).toEqual([]);
        await away;
        const again = async () =>
          outcomeOf(
            await ask(gateway, tenant, { traceId: 'struck', script: { outputTokens: 20 } }),
          );
        await until('it to run again', async () => (await again()) === '200');
      }
      await expectBoughtOnce(tenant);
    },
  );
});
