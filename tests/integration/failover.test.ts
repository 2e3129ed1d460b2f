import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { TestTenant } from '../helpers/admin-client';
import { chargesOf, expectBooksRight, expectStoresAgree } from '../helpers/books';
import { atOnce, outcomeOf, plain, readStream, stream, tally } from '../helpers/buy';
import { untilEnded } from '../helpers/ended';
import { balanceOf, receiptOf } from '../helpers/enquiries';
import { startGateway, type TestGateway } from '../helpers/gateway';
import { LiveStream } from '../helpers/live-stream';
import { startRedis, type TestRedis } from '../helpers/redis';
import { until } from '../helpers/until';

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

const untilRedisIsUsed = () =>
  until('Redis to be used again', () => gateway.container.quotaSide.redisState() === 'up');

async function redisBack(options: { empty?: boolean } = {}): Promise<void> {
  await redis.start(options);
  await untilRedisIsUsed();
}

/** A tenant who has bought once, so that Redis knows it. */
async function knownTenant(fields: object = {}, keyFields: object = {}): Promise<TestTenant> {
  const tenant = await gateway.admin.newTenant(fields, keyFields);
  expect(outcomeOf(await plain(gateway, tenant, { maxTokens: 40 }))).toBe('200');
  await untilEnded(gateway, tenant, 1);
  return tenant;
}

const storesOf = async (tenant: TestTenant) =>
  (await chargesOf(gateway, tenant)).map((row) => row.admitted_by);

test.each([
  { how: 'as it was', empty: false },
  { how: 'empty', empty: true },
])(
  'Redis killed: requests are COMMITTED through Postgres; back $how, it is used with the right balance',
  async ({ empty }) => {
    const tenant = await knownTenant();
    await redis.kill();
    expect(outcomeOf(await plain(gateway, tenant))).toBe('200');
    expect(readStream((await stream(gateway, tenant)).bytes).isDone).toBe(true);
    const rows = await untilEnded(gateway, tenant, 3);
    expect(rows.map((row) => row.status)).toEqual(['COMMITTED', 'COMMITTED', 'COMMITTED']);
    expect(await storesOf(tenant)).toEqual(['redis', 'postgres', 'postgres']);

    await redisBack({ empty });
    expect(outcomeOf(await plain(gateway, tenant))).toBe('200');
    await untilEnded(gateway, tenant, 4);
    expect((await storesOf(tenant)).at(-1)).toBe('redis');
    await expectStoresAgree(gateway, tenant);
  },
);

test('without Redis the balance and every limit still refuse, and a refused request costs nothing', async () => {
  const one = { quotaType: 'daily_requests', limit: 1 };
  const cases = [
    { outcome: '402 insufficient_quota', tenant: await knownTenant({ balance: '30000' }) },
    { outcome: '429 daily_quota_exceeded', tenant: await knownTenant({ dailyLimit: 1 }) },
    { outcome: '429 monthly_quota_exceeded', tenant: await knownTenant({ monthlyLimit: 1 }) },
    { outcome: '429 rate_limit_exceeded', tenant: await knownTenant({}, { rpm: 1 }) },
    { outcome: '429 daily_quota_exceeded', tenant: await knownTenant({}, { quotas: [one] }) },
  ];
  await redis.kill();
  for (const { outcome, tenant } of cases) {
    const replies = [
      await plain(gateway, tenant, { maxTokens: 200 }),
      await stream(gateway, tenant, { maxTokens: 200 }),
    ];
    expect(replies.map(outcomeOf)).toEqual([outcome, outcome]);
    expect(await chargesOf(gateway, tenant)).toHaveLength(1);
  }
  await redisBack();
});

test('without Redis receipts are told and the balance is the ledger’s, within a second of its death', async () => {
  const tenant = await knownTenant({ dailyLimit: 5 });
  const before = await balanceOf(gateway, tenant);
  await redis.kill();
  const from = performance.now();
  expect(await balanceOf(gateway, tenant)).toEqual(before);
  expect(performance.now() - from).toBeLessThan(1_000);
  expect(outcomeOf(await plain(gateway, tenant, { maxTokens: 40, traceId: 'meanwhile' }))).toBe(
    '200',
  );
  const { amount, status } = await receiptOf(gateway, tenant, 'meanwhile');
  const balance = String(BigInt(before.balance) - BigInt(amount));
  expect(status).toBe('COMMITTED');
  expect(await balanceOf(gateway, tenant)).toMatchObject({ balance, held: '0', dailyUsed: 2 });
  await redisBack();
  expect(await balanceOf(gateway, tenant)).toMatchObject({ balance, held: '0', dailyUsed: 2 });
});

test('without Redis one of many parallel requests is admitted where only one may be', async () => {
  const tenant = await gateway.admin.newTenant({ dailyLimit: 1 });
  await redis.kill();
  const replies = await atOnce(20, () => plain(gateway, tenant, { script: { ttftMs: 300 } }));
  expect(tally(replies)).toEqual({ '200': 1, '429 daily_quota_exceeded': 19 });
  await untilEnded(gateway, tenant, 1);
  await redisBack();
  expect(outcomeOf(await plain(gateway, tenant))).toBe('429 daily_quota_exceeded');
  await expectStoresAgree(gateway, tenant);
});

test('Redis stopped and continued: what it answers late changes nothing', async () => {
  const tenant = await knownTenant();
  redis.signal('SIGSTOP');
  const replies = await Promise.all([
    plain(gateway, tenant, { traceId: 'while-stopped' }),
    stream(gateway, tenant),
    plain(gateway, tenant),
  ]);
  expect(tally(replies)).toEqual({ '200': 3 });
  redis.signal('SIGCONT');
  await untilRedisIsUsed();
  expect(outcomeOf(await plain(gateway, tenant))).toBe('200');
  const again = await plain(gateway, tenant, { traceId: 'while-stopped' });
  expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
  const rows = await untilEnded(gateway, tenant, 5);
  expect(rows.every((row) => row.status === 'COMMITTED')).toBe(true);
  await expectStoresAgree(gateway, tenant);
});

test('Redis stopped with requests under way: they settle, and the stores agree once it goes on', async () => {
  const tenant = await knownTenant();
  const underWay = [
    plain(gateway, tenant, { script: { ttftMs: 600 } }),
    stream(gateway, tenant, { script: { outputTokens: 40, perTokenMs: 15 } }),
    plain(gateway, tenant, { traceId: 'under-way', script: { ttftMs: 600 } }),
  ];
  await until('three holds', () => gateway.container.inFlight === 3);
  redis.signal('SIGSTOP');
  expect(tally(await Promise.all(underWay))).toEqual({ '200': 3 });
  redis.signal('SIGCONT');
  await untilRedisIsUsed();
  await untilEnded(gateway, tenant, 4);
  expect(outcomeOf(await plain(gateway, tenant))).toBe('200');
  await expectStoresAgree(gateway, tenant);
});

test('Redis killed in the middle of an open stream: it is delivered whole and charged once', async () => {
  const tenant = await knownTenant();
  const open = await LiveStream.open(gateway, tenant, {
    script: { outputTokens: 700, perTokenMs: 1 },
  });
  await open.untilRead(100);
  await redis.kill();
  expect(await open.ended()).toBe('end');
  expect([open.isDone, open.error()]).toEqual([true, null]);
  const [, row] = await untilEnded(gateway, tenant, 2);
  expect(row).toMatchObject({ status: 'COMMITTED', finish: 'complete', output_tokens: 700 });
  await redisBack();
  expect(outcomeOf(await plain(gateway, tenant))).toBe('200');
  await untilEnded(gateway, tenant, 3);
  await expectStoresAgree(gateway, tenant);
});

test('SCRIPT FLUSH is survived: the next request is admitted by Redis', async () => {
  const tenant = await knownTenant();
  await gateway.redis?.script('FLUSH');
  expect(outcomeOf(await plain(gateway, tenant))).toBe('200');
  expect(readStream((await stream(gateway, tenant)).bytes).isDone).toBe(true);
  await untilEnded(gateway, tenant, 3);
  expect(await storesOf(tenant)).toEqual(['redis', 'redis', 'redis']);
  await expectStoresAgree(gateway, tenant);
});
