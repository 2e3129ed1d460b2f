import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { chargesOf, expectBooksRight, expectStoresAgree, hashOf } from '../helpers/books';
import { outcomeOf, plain, stream } from '../helpers/buy';
import { untilEnded } from '../helpers/ended';
import { startGateway, type TestGateway } from '../helpers/gateway';
import { startRedis, type TestRedis } from '../helpers/redis';
import { until } from '../helpers/until';

const PAUSE_MS = 4_000;
/** How many keys a script takes tells which it is: quota_hold has five. */
const HOLD_KEYS = '5';

interface Ran {
  readonly words: readonly string[];
  readonly atMs: number;
}

describe('a script that Redis runs late', () => {
  let redis: TestRedis;
  let gateway: TestGateway;
  let operator: Redis;
  let monitor: Redis;
  /** Every script that Redis has run, as it was sent, and when. */
  const ran: Ran[] = [];

  beforeAll(async () => {
    redis = await startRedis();
    gateway = await startGateway({ redisUrl: redis.url });
    operator = new Redis(redis.url);
    monitor = await new Redis(redis.url).monitor();
    monitor.on('monitor', (_time: string, words: string[], source: string) => {
      // What a Redis does not know yet is sent as a text too, which MONITOR does not show as it was.
      const isScript = /^evalsha$/i.test(words[0] ?? '') && source !== 'lua';
      if (isScript) ran.push({ words, atMs: performance.now() });
    });
  });
  afterEach(() => expectBooksRight(gateway));
  afterAll(async () => {
    monitor?.disconnect();
    operator?.disconnect();
    await gateway?.close();
    await redis?.close();
  });

  const isUp = () => gateway.container.quotaSide.redisState() === 'up';

  it('after the fallback has committed (CLIENT PAUSE) holds nothing and charges nothing', async () => {
    const tenant = await gateway.admin.newTenant({ dailyLimit: 3 });
    expect(outcomeOf(await plain(gateway, tenant))).toBe('200');
    await untilEnded(gateway, tenant, 1);
    await operator.call('CLIENT', 'PAUSE', String(PAUSE_MS));
    expect(outcomeOf(await plain(gateway, tenant, { traceId: 'paused' }))).toBe('200');
    const charge = (await chargesOf(gateway, tenant)).at(-1);
    expect(charge).toMatchObject({ status: 'COMMITTED', admitted_by: 'postgres' });
    const committedAtMs = performance.now();

    const isLateHold = ({ words }: Ran) =>
      words[2] === HOLD_KEYS && words.includes(`${charge?.id}:1`);
    await until('the hold to be placed after all', () => ran.some(isLateHold));
    expect(ran.find(isLateHold)?.atMs).toBeGreaterThan(committedAtMs);
    await until('Redis to be used again', isUp);
    expect(outcomeOf(await plain(gateway, tenant, { traceId: 'paused' }))).toBe('200');
    expect(outcomeOf(await plain(gateway, tenant))).toBe('200');
    expect(outcomeOf(await plain(gateway, tenant))).toBe('429 daily_quota_exceeded');
    const rows = await untilEnded(gateway, tenant, 3);
    expect(rows.map((row) => row.admitted_by)).toEqual(['redis', 'postgres', 'redis']);
    await expectStoresAgree(gateway, tenant);
  });

  it.each([
    { what: 'a plain request', ask: plain },
    { what: 'a stream of several slabs', ask: stream },
  ])(
    'again, after its fold, changes nothing: all scripts of $what, in any order',
    async ({ ask }) => {
      const quotas = [{ quotaType: 'total_tokens', limit: 1_000_000 }];
      const tenant = await gateway.admin.newTenant({ dailyLimit: 9 }, { concurrency: 2, quotas });
      expect(outcomeOf(await plain(gateway, tenant))).toBe('200');
      await untilEnded(gateway, tenant, 1);
      await expectStoresAgree(gateway, tenant);
      const from = ran.length;
      const script = { outputTokens: 600 };
      expect(outcomeOf(await ask(gateway, tenant, { traceId: 'repeated', script }))).toBe('200');
      await untilEnded(gateway, tenant, 2);
      await expectStoresAgree(gateway, tenant);
      const own = ran
        .slice(from)
        .filter(({ words }) => words.some((word) => word.includes(tenant.id)));
      expect(own.length).toBeGreaterThanOrEqual(3);
      const before = await hashOf(gateway, tenant);

      for (const late of [own, own.toReversed()]) {
        // One after the other: their order is what is tried.
        for (const { words } of late) {
          const [command = '', ...args] = words;
          await operator.call(command, ...args);
          expect(await hashOf(gateway, tenant)).toEqual(before);
        }
      }
      await expectStoresAgree(gateway, tenant);
      const [, charge] = await chargesOf(gateway, tenant);
      expect(charge).toMatchObject({ status: 'COMMITTED', attempt: 1 });
      expect(outcomeOf(await plain(gateway, tenant))).toBe('200');
      await untilEnded(gateway, tenant, 3);
    },
  );
});
