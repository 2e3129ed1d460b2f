import { describe, expect, it } from 'vitest';
import type { TestTenant } from '../helpers/admin-client';
import {
  chargesOf,
  expectStoresAgree,
  hashOf,
  onlyChargeOf,
  quotaOf,
  sumOf,
  untilIdle,
} from '../helpers/books';
import { type Ask, atOnce, outcomeOf, plain, stream, tally } from '../helpers/buy';
import { inBothModes } from '../helpers/modes';

/** Spends all that it holds: the output is as long as it may be. */
const ASK: Ask = { maxTokens: 12, script: { outputTokens: 12 } };

const secondsToMidnight = (): number => (86_400_000 - (Date.now() % 86_400_000)) / 1000;

function secondsToNextMonth(): number {
  const now = new Date();
  return (Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1) - now.getTime()) / 1000;
}

inBothModes('admission', (gateway, mode) => {
  const newTenant = (fields: object = {}) => gateway().admin.newTenant(fields);
  const patch = (tenant: TestTenant, fields: object) =>
    gateway().admin.call('PATCH', `tenants/${tenant.id}`, fields);

  /** The price of one: what a single request holds. */
  async function priceOfOne(): Promise<bigint> {
    const tenant = await newTenant();
    await plain(gateway(), tenant, ASK);
    return (await onlyChargeOf(gateway(), tenant)).hold;
  }

  describe('of a balance', () => {
    it('500 parallel requests on the price of one buy exactly one; the others cost nothing', async () => {
      const price = await priceOfOne();
      const tenant = await newTenant({ balance: String(price), dailyLimit: 1000 });
      const replies = await atOnce(500, (index) =>
        (index % 2 === 0 ? plain : stream)(gateway(), tenant, { ...ASK, traceId: `t-${index}` }),
      );
      expect(tally(replies)).toEqual({ '200': 1, '402 insufficient_quota': 499 });
      const charge = await onlyChargeOf(gateway(), tenant);
      expect(charge).toMatchObject({ status: 'COMMITTED', amount: price, hold: price });
      expect(charge.admitted_by).toBe(mode === 'Redis' ? 'redis' : 'postgres');
      expect(await quotaOf(gateway(), tenant)).toMatchObject({
        balance: 0n,
        daily_used: 1,
        monthly_used: 1,
      });
      await expectStoresAgree(gateway(), tenant);
    });

    it('a refused request leaves no mark in either store, and its trace free for anything', async () => {
      const price = await priceOfOne();
      const tenant = await newTenant({ balance: String(price - 1n), dailyLimit: 5 });
      const quotaBefore = await quotaOf(gateway(), tenant);
      const ask = { ...ASK, traceId: 'refused-once' };
      const refused = await plain(gateway(), tenant, ask);
      expect(outcomeOf(refused)).toBe('402 insufficient_quota');
      expect(refused.headers.get('x-trace-id')).toBe('refused-once');
      expect(await chargesOf(gateway(), tenant)).toEqual([]);
      expect(await quotaOf(gateway(), tenant)).toEqual(quotaBefore);
      const hash = await hashOf(gateway(), tenant);
      if (mode === 'Redis') {
        expect(hash).toMatchObject({ balance: String(price - 1n), daily_used: '0' });
      }
      const leftovers = await gateway().redis?.keys(`*${tenant.id}*trace:refused-once`);
      expect(leftovers ?? []).toEqual([]);

      await gateway().admin.call('POST', `tenants/${tenant.id}/credits`, {
        amount: '1',
        kind: 'topup',
        traceId: 'one-nano',
      });
      // Another body, streamed: nothing remembers what was refused.
      const later = await stream(gateway(), tenant, { ...ask, prompt: 'Tell me of the harbour!' });
      expect(outcomeOf(later)).toBe('200');
      expect(await onlyChargeOf(gateway(), tenant)).toMatchObject({
        trace_id: 'refused-once',
        status: 'COMMITTED',
        attempt: 1,
      });
    });

    it('a credit limit is spent to its last nano and never passed', async () => {
      const price = await priceOfOne();
      const tenant = await newTenant({ balance: '0', creditLimit: String(price * 3n) });
      const replies = await atOnce(40, () => plain(gateway(), tenant, ASK));
      expect(tally(replies)).toEqual({ '200': 3, '402 insufficient_quota': 37 });
      expect((await quotaOf(gateway(), tenant)).balance).toBe(-3n * price);
      const charges = await chargesOf(gateway(), tenant);
      expect(charges.map((charge) => charge.balance_after)).toEqual(
        expect.arrayContaining([-price, -2n * price, -3n * price]),
      );
      await patch(tenant, { creditLimit: String(price * 4n) });
      expect(outcomeOf(await plain(gateway(), tenant, ASK))).toBe('200');
      expect(outcomeOf(await plain(gateway(), tenant, ASK))).toBe('402 insufficient_quota');
      await expectStoresAgree(gateway(), tenant);
    });

    it('what a request did not use of its hold is there for the next', async () => {
      const price = await priceOfOne();
      const tenant = await newTenant({ balance: String(price) });
      const short = { ...ASK, script: { outputTokens: 2 } };
      expect(outcomeOf(await plain(gateway(), tenant, short))).toBe('200');
      const left = (await quotaOf(gateway(), tenant)).balance;
      expect(left).toBe(price - sumOf(await chargesOf(gateway(), tenant)));
      // Too little for the same again, enough for less.
      expect(outcomeOf(await plain(gateway(), tenant, short))).toBe('402 insufficient_quota');
      expect(outcomeOf(await plain(gateway(), tenant, { ...short, maxTokens: 1 }))).toBe('200');
      await expectStoresAgree(gateway(), tenant);
    });

    it('what open requests hold is available to nobody, and every reply says so', async () => {
      const tenant = await newTenant();
      const leave = new AbortController();
      const hanging = { maxTokens: 100, script: { outputTokens: 100, hangAfterTokens: 3 } };
      const open = stream(gateway(), tenant, { ...hanging, signal: leave.signal });
      const left = open.catch(() => null);
      const pending = async () => (await gateway().admin.tenant(tenant.id)).held;
      await expect.poll(pending, { timeout: 5_000, interval: 10 }).not.toBe('0');
      const bought = await plain(gateway(), tenant, ASK);
      const { balance, held, available } = await gateway().admin.tenant(tenant.id);
      expect(BigInt(available)).toBe(BigInt(balance) - BigInt(held));
      expect(bought.headers.get('x-tallygate-balance')).toBe(available);
      leave.abort();
      expect(await left).toBeNull();
      await untilIdle(gateway());
      expect(await gateway().admin.tenant(tenant.id)).toMatchObject({ held: '0' });
    });

    it('a request that bought nothing gives its hold back before its error leaves', async () => {
      const price = await priceOfOne();
      const tenant = await newTenant({ balance: String(price) });
      const failing = { ...ASK, script: { status: 500 } };
      for (const send of [plain, stream, plain, stream]) {
        expect(outcomeOf(await send(gateway(), tenant, failing))).toMatch(/^50\d /);
      }
      expect(outcomeOf(await plain(gateway(), tenant, ASK))).toBe('200');
      expect((await quotaOf(gateway(), tenant)).balance).toBe(0n);
    });
  });

  describe('of a tenant’s limits', () => {
    it.each([
      ['dailyLimit', 'daily_quota_exceeded'],
      ['monthlyLimit', 'monthly_quota_exceeded'],
    ])('a %s of 10 lets exactly 10 of 60 parallel requests pass', async (limit, code) => {
      const tenant = await newTenant({ [limit]: 10 });
      const replies = await atOnce(60, (index) =>
        (index % 2 === 0 ? plain : stream)(gateway(), tenant, ASK),
      );
      expect(tally(replies)).toEqual({ '200': 10, [`429 ${code}`]: 50 });
      const charges = await chargesOf(gateway(), tenant);
      expect(charges).toHaveLength(10);
      const quota = await quotaOf(gateway(), tenant);
      expect(quota).toMatchObject({ daily_used: 10, monthly_used: 10 });
      expect(quota.balance).toBe(1_000_000_000n - sumOf(charges));
      await expectStoresAgree(gateway(), tenant);
    });

    it.each([
      ['daily', secondsToMidnight],
      ['monthly', secondsToNextMonth],
    ])(
      'a spent %s limit says when it ends, and that a repeat before is of no use',
      async (period, left) => {
        const tenant = await newTenant({ [`${period}Limit`]: 1 });
        expect(outcomeOf(await plain(gateway(), tenant, ASK))).toBe('200');
        const refused = await plain(gateway(), tenant, ASK);
        expect(outcomeOf(refused)).toBe(`429 ${period}_quota_exceeded`);
        expect(Math.abs(Number(refused.headers.get('retry-after')) - left())).toBeLessThan(5);
        expect(refused.headers.get('x-should-retry')).toBe('false');
      },
    );

    it('a raised limit counts at once, and what was refused before it was not counted', async () => {
      const tenant = await newTenant({ dailyLimit: 1 });
      const ask = { ...ASK, traceId: 'after-the-limit' };
      expect(outcomeOf(await plain(gateway(), tenant, ASK))).toBe('200');
      const refused = await atOnce(5, () => plain(gateway(), tenant, ask));
      expect(tally(refused)).toEqual({ '429 daily_quota_exceeded': 5 });
      await patch(tenant, { dailyLimit: 2 });
      expect(outcomeOf(await plain(gateway(), tenant, ask))).toBe('200');
      expect(outcomeOf(await plain(gateway(), tenant, ASK))).toBe('429 daily_quota_exceeded');
      expect((await quotaOf(gateway(), tenant)).daily_used).toBe(2);
    });

    it('a request that bought nothing does not count toward a limit', async () => {
      const tenant = await newTenant({ dailyLimit: 1, monthlyLimit: 1 });
      const failed = await plain(gateway(), tenant, { ...ASK, script: { status: 503 } });
      expect(outcomeOf(failed)).toBe('502 upstream_error');
      expect(outcomeOf(await plain(gateway(), tenant, ASK))).toBe('200');
      expect(outcomeOf(await plain(gateway(), tenant, ASK))).toBe('429 daily_quota_exceeded');
    });
  });
});
