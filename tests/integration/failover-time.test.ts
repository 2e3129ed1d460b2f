import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { chargesOf, expectBooksRight, expectStoresAgree, quotaOf, sumOf } from '../helpers/books';
import { outcomeOf, plain, type Reply, tally } from '../helpers/buy';
import { boundMs } from '../helpers/elapsed';
import { untilEnded } from '../helpers/ended';
import { startGateway, type TestGateway } from '../helpers/gateway';
import { startRedis, type TestRedis } from '../helpers/redis';
import { until } from '../helpers/until';

const CONVERGED_MS_MAX = 60_000;
const EVERY_MS = 40;

interface Asked {
  readonly fromMs: number;
  readonly tookMs: number;
  readonly reply: Reply;
}

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
const isUp = () => gateway.container.quotaSide.redisState() === 'up';

test.each([
  {
    death: 'is killed',
    die: () => redis.kill(),
    live: () => redis.start(),
    fallbackMsMax: 1_000,
  },
  {
    // 0.8 s of it are the wait for an answer.
    death: 'falls silent',
    die: async () => redis.signal('SIGSTOP'),
    live: async () => redis.signal('SIGCONT'),
    fallbackMsMax: 1_500,
  },
])(
  'Redis $death: every request meanwhile succeeds, the first one within $fallbackMsMax ms; back, it is used within 60 s',
  async ({ death, die, live, fallbackMsMax }) => {
    const tenant = await gateway.admin.newTenant();
    // The first requests of a process take longer, whatever becomes of Redis.
    for (let n = 0; n < 5; n += 1) await plain(gateway, tenant, { maxTokens: 40 });
    const asked: Promise<Asked>[] = [];
    const usual: number[] = [];
    let isAsking = true;
    const ask = async (): Promise<Asked> => {
      const fromMs = performance.now();
      const reply = await plain(gateway, tenant, { maxTokens: 40 });
      const tookMs = performance.now() - fromMs;
      usual.push(tookMs);
      return { fromMs, tookMs, reply };
    };
    const traffic = (async () => {
      for (; isAsking; await pause(EVERY_MS)) asked.push(ask());
    })();
    await until('some traffic', () => usual.length >= 15);
    const usualMs = Math.max(...usual);
    await die();
    const diedAtMs = performance.now();
    await pause(1_500);
    await live();
    const backAtMs = performance.now();
    await until('Redis to be used', isUp, CONVERGED_MS_MAX);
    await until(
      'it to judge again',
      async () => (await chargesOf(gateway, tenant)).at(-1)?.admitted_by === 'redis',
      CONVERGED_MS_MAX,
    );
    isAsking = false;
    await traffic;
    const all = await Promise.all(asked);
    await untilEnded(gateway, tenant, all.length + 5);
    await expectStoresAgree(gateway, tenant);
    const convergedMs = Math.round(performance.now() - backAtMs);

    expect(tally(all.map(({ reply }) => reply))).toEqual({ '200': all.length });
    const after = all.filter(({ fromMs }) => fromMs >= diedAtMs);
    const fallbackMs = Math.round(
      Math.min(...after.map(({ fromMs, tookMs }) => fromMs + tookMs)) - diedAtMs,
    );
    console.info(
      `Redis ${death}: answered again after ${fallbackMs} ms, converged after ${convergedMs} ms`,
    );
    expect(fallbackMs).toBeLessThan(boundMs(fallbackMsMax, usualMs));
    expect(convergedMs).toBeLessThan(CONVERGED_MS_MAX);
    const rows = await chargesOf(gateway, tenant);
    expect(new Set(rows.map((row) => row.admitted_by))).toEqual(new Set(['redis', 'postgres']));
    expect((await quotaOf(gateway, tenant)).balance).toBe(1_000_000_000n - sumOf(rows));
    expect(outcomeOf(await plain(gateway, tenant))).toBe('200');
  },
);
