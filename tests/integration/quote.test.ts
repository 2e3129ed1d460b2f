import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY_QUOTA_TYPES } from '@/server/domain/quota';
import type { TestTenant } from '../helpers/admin-client';
import { expectBooksRight, forgetHash, onlyChargeOf } from '../helpers/books';
import { type Ask, json, outcomeOf, plain, type Reply, stream } from '../helpers/buy';
import { dumpStores } from '../helpers/dump-stores';
import { untilEnded } from '../helpers/ended';
import { quoteOf } from '../helpers/enquiries';
import { startGateway, type TestGateway } from '../helpers/gateway';
import { LiveStream } from '../helpers/live-stream';
import { inBothModes } from '../helpers/modes';
import { startRedis, type TestRedis } from '../helpers/redis';
import { until } from '../helpers/until';

const PRICES = { inputPrice: '150', outputPrice: '600' };
const ASK: Ask = { maxTokens: 40, script: { outputTokens: 12 } };
/** Money for the input and about a thousand tokens: less than any model's maximum. */
const SHORT = { balance: '700000' };
const long = (outputTokens: number) => ({ outputTokens, perTokenMs: 0, ttftMs: 0 });
/** How far the clock may move between a quote and the request that follows, on a busy machine. */
const CLOCK_SECONDS = 10;

/** The promises that hold whichever store judges. */
function promises(gateway: () => TestGateway) {
  const newTenant = (fields: object = {}, keyFields: object = {}) =>
    gateway().admin.newTenant(fields, keyFields);
  const quote = (of: TestTenant, ask: Ask = ASK, isStream = false) =>
    quoteOf(gateway(), of, ask, isStream);

  beforeAll(async () => {
    const put = (model: string, fields: object) =>
      gateway().admin.call('PUT', `models/${model}`, { ...PRICES, ...fields });
    await put('sim-unbounded', {});
    await put('sim-thinking', { maxOutputTokens: 16_384, usageSource: 'upstream' });
  });

  /** Asks for a quote, then for the answer itself: both say the same. Gives what they said. */
  async function agreed(of: TestTenant, ask: Ask = ASK): Promise<string> {
    const { isAdmitted, refusal } = await quote(of, ask);
    const reply = await plain(gateway(), of, ask);
    expect(isAdmitted ? '200' : `${refusal?.status} ${refusal?.code}`).toBe(outcomeOf(reply));
    if (refusal === null) return '200';
    const { code, type, message } = refusal;
    expect(json(reply)).toEqual({ error: { code, type, message, param: null } });
    expectSameWait(refusal.retryAfter, reply);
    return outcomeOf(reply);
  }

  function expectSameWait(retryAfter: number | null, reply: Reply): void {
    const told = reply.headers.get('retry-after');
    expect(retryAfter === null).toBe(told === null);
    expect(Math.abs(Number(retryAfter) - Number(told))).toBeLessThanOrEqual(CLOCK_SECONDS);
  }

  /** Buys until a limit says no, quoting each time. */
  async function untilRefused(of: TestTenant): Promise<string> {
    expect(await agreed(of)).toBe('200');
    for (let time = 0; time < 6; time += 1) {
      const outcome = await agreed(of);
      if (outcome !== '200') return outcome;
    }
    throw new Error('No limit said no.');
  }

  const tenantLimits: readonly [string, object, object, string][] = [
    ['the balance', { balance: '60000' }, {}, '402 insufficient_quota'],
    ['the credit', { balance: '0', creditLimit: '60000' }, {}, '402 insufficient_quota'],
    ['the day', { dailyLimit: 2 }, {}, '429 daily_quota_exceeded'],
    ['the month', { monthlyLimit: 2 }, {}, '429 monthly_quota_exceeded'],
    ['the minute', {}, { rpm: 2 }, '429 rate_limit_exceeded'],
    ['the minute’s tokens', {}, { tpm: 150 }, '429 rate_limit_exceeded'],
    ['the balance before the minute', { balance: '35000' }, { rpm: 1 }, '402 insufficient_quota'],
  ];
  it.each(tenantLimits)('foretell the refusal by %s', async (_, fields, keyFields, outcome) => {
    expect(await untilRefused(await newTenant(fields, keyFields))).toBe(outcome);
  });

  const limitOf = (type: string): number | string => {
    if (type.endsWith('_requests')) return 2;
    return type.endsWith('_tokens') ? 150 : '60000';
  };
  it.each(KEY_QUOTA_TYPES)('foretell the refusal by the key’s %s', async (quotaType) => {
    const tenant = await newTenant({}, { quotas: [{ quotaType, limit: limitOf(quotaType) }] });
    const [period] = quotaType.split('_');
    const expected = period === 'total' ? '402 insufficient_quota' : `429 ${period}_quota_exceeded`;
    expect(await untilRefused(tenant)).toBe(expected);
  });

  it('foretell the refusal by open requests, and count what they hold', async () => {
    const tenant = await newTenant({}, { concurrency: 1 });
    const { available } = await quote(tenant);
    const script = { outputTokens: 30, hangAfterTokens: 5 };
    const live = await LiveStream.open(gateway(), tenant, { ...ASK, script });
    await live.untilRead(3);
    expect(await agreed(tenant)).toBe('429 concurrency_exceeded');
    expect(BigInt((await quote(tenant)).available)).toBeLessThan(BigInt(available));
    live.leave();
    await untilEnded(gateway(), tenant, 1);
    const isFree = async () => (await quote(tenant)).isAdmitted;
    await until('the key to be free again', isFree);
    expect(await agreed(tenant)).toBe('200');
  });

  const asks: readonly [string, object, Ask, boolean][] = [
    ['a plain request with max_tokens', {}, ASK, false],
    ['a plain request of three choices', {}, { ...ASK, fields: { n: 3 } }, false],
    ['a plain request of any length', {}, { script: long(500) }, false],
    ['a plain request on little money', SHORT, { script: long(9_000) }, false],
    [
      'a plain request without a known maximum',
      {},
      { model: 'sim-unbounded', script: long(5_000) },
      false,
    ],
    ['a stream with max_tokens', {}, ASK, true],
    ['a stream of any length', {}, { script: long(700) }, true],
    ['a stream on little money', SHORT, { script: long(2_000) }, true],
    [
      'a stream without a known maximum',
      SHORT,
      { model: 'sim-unbounded', script: long(3_000) },
      true,
    ],
    [
      'a stream by the upstream’s figures',
      SHORT,
      { model: 'sim-thinking', script: long(900) },
      true,
    ],
  ];
  it.each(asks)(
    'of %s name its cap and its hold, and bound its cost',
    async (_, fields, ask, isStream) => {
      const tenant = await newTenant(fields);
      const quoted = await quote(tenant, ask, isStream);
      expect(quoted).toMatchObject({ isAdmitted: true, isStream, refusal: null });
      const reply = await (isStream ? stream : plain)(gateway(), tenant, ask);
      const told = reply.headers.get('x-tallygate-max-tokens');
      expect(quoted.maxTokens).toBe(told === null ? null : Number(told));
      await untilEnded(gateway(), tenant, 1);
      const charge = await onlyChargeOf(gateway(), tenant);
      const [most, likely, hold, least] = [
        quoted.mostCost,
        quoted.likelyCost,
        quoted.hold,
        quoted.leastHold,
      ].map((nano) => BigInt(nano ?? -1));
      expect(most).toBeGreaterThanOrEqual(charge.amount);
      expect(most).toBeGreaterThanOrEqual(likely ?? 0n);
      expect(most).toBeGreaterThanOrEqual(hold ?? 0n);
      expect(hold).toBeGreaterThanOrEqual(least ?? 0n);
      // A stream without max_tokens has raised its hold since.
      if (!isStream || ask.maxTokens !== undefined) expect(hold).toBe(charge.hold);
      else expect(hold).toBeLessThanOrEqual(charge.hold);
      expect(quoted.inputTokensMax).toBeGreaterThanOrEqual(charge.input_tokens);
      expect(quoted.outputTokensMax).toBeGreaterThanOrEqual(charge.output_tokens);
      expect(quoted.inputTokens).toBe(charge.input_tokens);
    },
  );

  it('of what is likely count 256 tokens in each choice, or what max_tokens allows', async () => {
    const tenant = await newTenant();
    const likely = async (ask: Ask) => {
      const quoted = await quote(tenant, ask);
      const { inputTokens, likelyOutputTokens } = quoted;
      expect(quoted.likelyCost).toBe(String(inputTokens * 150 + likelyOutputTokens * 600));
      return likelyOutputTokens;
    };
    expect(await likely({})).toBe(256);
    expect(await likely({ maxTokens: 40 })).toBe(40);
    expect(await likely({ maxTokens: 4_000, fields: { n: 2 } })).toBe(512);
  });

  it('of a refused request tell what it would take', async () => {
    const tenant = await newTenant({ balance: '1000' });
    const quoted = await quote(tenant);
    expect(quoted).toMatchObject({ isAdmitted: false, maxTokens: null, available: '1000' });
    expect(quoted.mostCost).toBe(quoted.leastHold);
    const endless = await quote(tenant, { model: 'sim-unbounded' }, true);
    expect(endless).toMatchObject({ isAdmitted: false, mostCost: null, outputTokensMax: null });
    const missing = BigInt(quoted.leastHold) - 1_000n;
    const credit = { amount: String(missing), kind: 'topup', traceId: 'just-enough' };
    await gateway().admin.call('POST', `tenants/${tenant.id}/credits`, credit);
    expect(await agreed(tenant)).toBe('200');
  });

  it('write nothing in either store, whether the tenant is known to Redis or not', async () => {
    const quotas = [{ quotaType: 'daily_requests', limit: 10 }];
    const limits = { rpm: 60, tpm: 10_000, concurrency: 4, quotas };
    const tenant = await newTenant({ dailyLimit: 9, monthlyLimit: 9 }, limits);
    const traced = { ...ASK, traceId: 'quoted' };
    const askAll = async () => {
      const before = await dumpStores(gateway(), tenant);
      for (const isStream of [false, true]) {
        expect((await quote(tenant, traced, isStream)).isAdmitted).toBe(true);
        expect((await quote(tenant, {}, isStream)).isAdmitted).toBe(true);
      }
      const broke = { maxTokens: 16_000, fields: { n: 128 } };
      expect((await quote(tenant, broke)).isAdmitted).toBe(false);
      expect(await dumpStores(gateway(), tenant)).toEqual(before);
    };
    await askAll();
    const before = gateway().simulator.stats().requests.length;
    expect(outcomeOf(await plain(gateway(), tenant, ASK))).toBe('200');
    expect(gateway().simulator.stats().requests).toHaveLength(before + 1);
    await untilEnded(gateway(), tenant, 1);
    await askAll();
    if (gateway().redis?.status === 'ready') await forgetHash(gateway(), tenant);
    await askAll();
    expect(gateway().simulator.stats().requests).toHaveLength(before + 1);
    expect(outcomeOf(await plain(gateway(), tenant, traced))).toBe('200');
  });

  it('take no limit: fifty at once leave a key its one request', async () => {
    const tenant = await newTenant({ dailyLimit: 1 }, { rpm: 1, tpm: 1_000, concurrency: 1 });
    const quotes = await Promise.all(Array.from({ length: 50 }, () => quote(tenant)));
    expect(quotes.every(({ isAdmitted }) => isAdmitted)).toBe(true);
    expect(outcomeOf(await plain(gateway(), tenant, ASK))).toBe('200');
  });

  it('know nothing of another tenant: neither its money nor its traces', async () => {
    const [rich, poor] = [await newTenant(), await newTenant({ balance: '0' })];
    const traced = { ...ASK, traceId: 'ours' };
    expect(outcomeOf(await plain(gateway(), rich, traced))).toBe('200');
    expect(await quote(poor, traced)).toEqual(await quote(poor));
    expect(await quote(poor, traced)).toMatchObject({ isAdmitted: false, available: '0' });
    expect(await quote(rich, traced)).toMatchObject({ isAdmitted: true });
  });
}

inBothModes('quotes', promises);

describe('quotes (Redis down)', () => {
  let redis: TestRedis;
  let gateway: TestGateway;
  beforeAll(async () => {
    redis = await startRedis();
    gateway = await startGateway({ redisUrl: redis.url });
    await redis.kill();
  });
  afterAll(async () => {
    await gateway?.close();
    await redis?.close();
  });

  promises(() => gateway);

  it('leave books that the audit finds right once Redis is back', async () => {
    await redis.start();
    const isUsed = () => gateway.container.quotaSide.redisState() === 'up';
    await until('Redis to be used again', isUsed);
    await expectBooksRight(gateway);
  });
});
