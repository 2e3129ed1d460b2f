import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { TestTenant } from '../helpers/admin-client';
import { chargesOf, expectBooksRight } from '../helpers/books';
import { atOnce, outcomeOf, plain, readStream, stream, tally } from '../helpers/buy';
import { createDatabase, type TestDatabase } from '../helpers/database';
import { untilEnded } from '../helpers/ended';
import { balanceOf, enquire } from '../helpers/enquiries';
import { startGateway, type TestGateway } from '../helpers/gateway';
import { LiveStream } from '../helpers/live-stream';
import { sharedRedisUrl, startRedis } from '../helpers/redis';
import { startTcpProxy, type TcpProxy } from '../helpers/tcp-proxy';
import { until } from '../helpers/until';

const UNAVAILABLE = '503 billing_unavailable';

type Mode = 'Redis' | 'Postgres only';
const MODES: readonly Mode[] = ['Redis', 'Postgres only'];

/** A gateway that reaches its database through a proxy, and a tenant who has bought once. */
async function startBehindProxy(mode: Mode, redisUrl = sharedRedisUrl()) {
  const database = await createDatabase();
  const url = new URL(database.url);
  const proxy = await startTcpProxy(Number(url.port));
  url.port = String(proxy.port);
  const gateway = await startGateway({
    database: { ...database, url: url.href },
    redisUrl: mode === 'Redis' ? redisUrl : 'off',
  });
  await gateway.admin.seedCatalogue(gateway.simulator.url);
  const tenant = await gateway.admin.newTenant();
  expect(outcomeOf(await plain(gateway, tenant))).toBe('200');
  const close = async () => {
    await gateway.close();
    await proxy.close();
    await database.drop();
  };
  return { database, proxy, gateway, tenant, close };
}

describe.each(MODES)('Postgres away (%s)', (mode) => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let gateway: TestGateway;
  let tenant: TestTenant;
  let close: () => Promise<void>;

  beforeAll(async () => {
    ({ database, proxy, gateway, tenant, close } = await startBehindProxy(mode));
  });

  afterEach(async () => {
    proxy.mend();
    await expectBooksRight(gateway);
  });

  afterAll(() => close?.());

  const upstream = () => gateway.simulator.stats();

  test('at admission: 503 billing_unavailable, no upstream is called, no hold is left', async () => {
    const before = upstream().requests.length;
    proxy.cut();
    const named = await Promise.all([
      plain(gateway, tenant, { traceId: 'away' }),
      stream(gateway, tenant, { traceId: 'away-stream' }),
    ]);
    expect(named.map(outcomeOf)).toEqual([UNAVAILABLE, UNAVAILABLE]);
    expect(tally(await atOnce(3, () => stream(gateway, tenant)))).toEqual({ [UNAVAILABLE]: 3 });
    if (mode === 'Postgres only') {
      expect(outcomeOf(await plain(gateway, tenant))).toBe(UNAVAILABLE);
    }
    expect(upstream().requests).toHaveLength(before);
    proxy.mend();
    expect(outcomeOf(await plain(gateway, tenant, { traceId: 'away' }))).toBe('200');
    expect(outcomeOf(await stream(gateway, tenant))).toBe('200');
  });

  test('there are no receipts, and the balance is known where Redis knows it', async () => {
    const before = await balanceOf(gateway, tenant);
    proxy.cut();
    const receipt = await enquire(gateway, tenant, `transactions/opening-balance:${tenant.id}`);
    expect(outcomeOf(receipt)).toBe(UNAVAILABLE);
    if (mode === 'Redis') expect(await balanceOf(gateway, tenant)).toEqual(before);
    else expect(outcomeOf(await enquire(gateway, tenant, 'balance'))).toBe(UNAVAILABLE);
    proxy.mend();
    const isBack = async () => (await enquire(gateway, tenant, 'balance')).status === 200;
    await until('the balance to be told again', isBack);
    expect(await balanceOf(gateway, tenant)).toEqual(before);
  });

  test('a stream that finds it away beside its purchase lets the upstream go at once', async () => {
    const before = upstream().abortedRequests + upstream().requests.length;
    proxy.cut();
    const from = performance.now();
    const reply = await stream(gateway, tenant, { script: { ttftMs: 20_000 } });
    expect(outcomeOf(reply)).toBe(UNAVAILABLE);
    expect(performance.now() - from).toBeLessThan(8_000);
    await until('no upstream call to be open', () => upstream().openRequests === 0, 1_000);
    // Either it was never called, or it was called and let go.
    const after = upstream().abortedRequests + upstream().requests.length;
    expect([before, before + 2]).toContain(after);
  });

  test('with the answer to its COMMIT lost: the repeat finds its own work and charges once', async () => {
    // A commit that takes a while, so that the network can be broken under it.
    await database.sql.unsafe(`
      create function take_long() returns trigger language plpgsql as
        'begin perform pg_sleep(1); return null; end';
      create constraint trigger take_long after insert or update on billing_transaction
        deferrable initially deferred for each row
        when (new.trace_id = 'lost-commit' and new.status = 'COMMITTED')
        execute function take_long();`);
    const underWay = plain(gateway, tenant, { traceId: 'lost-commit' });
    await until('the commit', async () => {
      const committing = await database.sql`
        select 1 from pg_stat_activity
        where datname = current_database() and wait_event = 'PgSleep'`;
      return committing.length > 0;
    });
    proxy.loseReplies();
    await until('it to be committed', async () => {
      const row = (await chargesOf(gateway, tenant)).at(-1);
      return row?.trace_id === 'lost-commit' && row.status === 'COMMITTED';
    });
    proxy.mend();
    expect(outcomeOf(await underWay)).toBe('200');
    const rows = await chargesOf(gateway, tenant);
    expect(rows.filter((row) => row.trace_id === 'lost-commit')).toHaveLength(1);
  });

  test('backends terminated under traffic: every request ends in an answer or in a 503', async () => {
    const before = (await chargesOf(gateway, tenant)).length;
    const underWay = atOnce(60, (index) =>
      (index % 2 === 0 ? plain : stream)(gateway, tenant, { script: { ttftMs: 5 * index } }),
    );
    for (let blow = 0; blow < 5; blow += 1) {
      await database.sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'tallygate'`;
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    const replies = await underWay;
    const { '200': answered = 0, ...rest } = tally(replies);
    expect(Object.keys(rest).filter((outcome) => outcome !== UNAVAILABLE)).toEqual([]);
    expect(answered).toBeGreaterThan(0);
    for (const reply of replies) {
      if (reply.headers.get('content-type')?.startsWith('text/event-stream')) {
        expect(readStream(reply.bytes)).toMatchObject({ isDone: true, errorCode: null });
      }
    }
    await until('what waited to be booked', async () => {
      const charges = (await chargesOf(gateway, tenant)).slice(before);
      return charges.filter((row) => row.status === 'COMMITTED').length === answered;
    });
  });
});

async function expectLongOutageSurvived(mode: Mode): Promise<void> {
  const { gateway, proxy, tenant, close } = await startBehindProxy(mode);
  const open = await LiveStream.open(gateway, tenant, {
    script: { outputTokens: 3_000, perTokenMs: 2 },
  });
  await open.untilRead(400);
  const before = gateway.simulator.stats().requests.length;
  proxy.swallow();
  const refused = await Promise.all([
    plain(gateway, tenant, { traceId: 'meanwhile' }),
    stream(gateway, tenant, { traceId: 'meanwhile-stream' }),
  ]);
  expect(refused.map(outcomeOf)).toEqual([UNAVAILABLE, UNAVAILABLE]);
  expect(gateway.simulator.stats().requests).toHaveLength(before);
  expect(await open.ended(40_000)).toBe('end');
  expect([open.error(), open.isDone]).toEqual(['billing_unavailable', false]);
  proxy.mend();
  await until('Postgres to be used again', async () => {
    return outcomeOf(await plain(gateway, tenant, { traceId: 'meanwhile' })) === '200';
  });
  const [, row] = await untilEnded(gateway, tenant, 3);
  expect(row).toMatchObject({ status: 'COMMITTED', finish: 'cut_off' });
  expect(row?.output_tokens).toBeGreaterThanOrEqual(80);
  await expectBooksRight(gateway);
  await close();
}

test('Postgres away for long, in either mode: an open stream ends with an error and is charged what it delivered', async () => {
  // Seconds of patience: both modes wait at once.
  await Promise.all(MODES.map(expectLongOutageSurvived));
});

test('Postgres and Redis away at once: 503, nothing is bought; both back, all is as before', async () => {
  const redis = await startRedis();
  const { gateway, proxy, tenant, close } = await startBehindProxy('Redis', redis.url);
  const before = gateway.simulator.stats().requests.length;
  proxy.cut();
  await redis.kill();
  const refused = await Promise.all([
    plain(gateway, tenant),
    plain(gateway, tenant, { traceId: 'both-away' }),
    stream(gateway, tenant),
  ]);
  expect(refused.map(outcomeOf)).toEqual([UNAVAILABLE, UNAVAILABLE, UNAVAILABLE]);
  expect(gateway.simulator.stats().requests).toHaveLength(before);
  proxy.mend();
  await redis.start();
  await until('Redis to be used again', () => gateway.container.quotaSide.redisState() === 'up');
  expect(outcomeOf(await plain(gateway, tenant, { traceId: 'both-away' }))).toBe('200');
  await untilEnded(gateway, tenant, 2);
  await expectBooksRight(gateway);
  await close();
  await redis.close();
});
