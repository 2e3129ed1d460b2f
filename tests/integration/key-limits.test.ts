import { describe, expect, it } from 'vitest';
import { KEY_QUOTA_TYPES } from '@/server/domain/quota';
import type { TestTenant } from '../helpers/admin-client';
import { chargesOf, expectStoresAgree, onlyChargeOf, quotaOf } from '../helpers/books';
import { type Ask, atOnce, outcomeOf, plain, type Reply, stream, tally } from '../helpers/buy';
import { inBothModes } from '../helpers/modes';

/** Uses all that it holds, so that nothing is given back while others are judged. */
const ASK: Ask = { maxTokens: 12, script: { outputTokens: 12 } };
const MINUTE_MS = 60_000;

const retryAfterOf = (reply: Reply): number => Number(reply.headers.get('retry-after'));
const refusedOf = (replies: readonly Reply[]): Reply[] =>
  replies.filter((reply) => reply.status !== 200);

/** Waits out the end of a minute: what follows falls into one. */
const untilWellInsideAMinute = () =>
  expect
    .poll(() => Date.now() % MINUTE_MS, { timeout: 10_000, interval: 100 })
    .toBeLessThan(MINUTE_MS - 8_000);

inBothModes('a key’s limits', (gateway) => {
  const newTenant = (keyFields: object) => gateway().admin.newTenant({}, keyFields);
  const mixed = (buyer: TestTenant) => (index: number) =>
    (index % 2 === 0 ? plain : stream)(gateway(), buyer, ASK);

  /** A tenant of its own that has bought once: what one request costs and holds. */
  async function oneCharge() {
    const tenant = await newTenant({});
    await plain(gateway(), tenant, ASK);
    return await onlyChargeOf(gateway(), tenant);
  }

  describe('per minute', () => {
    it('5 requests a minute let exactly 5 of 30 parallel ones pass and say when to come back', async () => {
      await untilWellInsideAMinute();
      const tenant = await newTenant({ rpm: 5 });
      const replies = await atOnce(30, mixed(tenant));
      expect(tally(replies)).toEqual({ '200': 5, '429 rate_limit_exceeded': 25 });
      for (const reply of replies) {
        expect(reply.headers.get('x-ratelimit-limit-requests')).toBe('5');
        expect(reply.headers.get('x-ratelimit-reset-requests')).toMatch(/^[1-9]\d*s$/);
      }
      const remaining = replies
        .filter((reply) => reply.status === 200)
        .map((reply) => reply.headers.get('x-ratelimit-remaining-requests'));
      expect(remaining.sort()).toEqual(['0', '1', '2', '3', '4']);
      for (const reply of refusedOf(replies)) {
        expect(retryAfterOf(reply)).toBeGreaterThan(0);
        expect(retryAfterOf(reply)).toBeLessThanOrEqual(120);
        expect(reply.headers.get('x-ratelimit-remaining-requests')).toBe('0');
      }
      expect((await quotaOf(gateway(), tenant)).daily_used).toBe(5);
    });

    it('tokens a minute for 4 requests let exactly 4 of 20 parallel ones pass', async () => {
      const { input_tokens, output_tokens } = await oneCharge();
      const tpm = 4 * (input_tokens + output_tokens) + 1;
      await untilWellInsideAMinute();
      const tenant = await newTenant({ tpm });
      const replies = await atOnce(20, mixed(tenant));
      expect(tally(replies)).toEqual({ '200': 4, '429 rate_limit_exceeded': 16 });
      for (const reply of refusedOf(replies)) {
        expect(retryAfterOf(reply)).toBeGreaterThan(0);
        expect(reply.headers.get('x-ratelimit-limit-tokens')).toBe(String(tpm));
      }
      expect(await chargesOf(gateway(), tenant)).toHaveLength(4);
    });

    it('tokens that an answer did not use are there for the next', async () => {
      const { input_tokens } = await oneCharge();
      await untilWellInsideAMinute();
      const tenant = await newTenant({ tpm: 2 * input_tokens + 100 });
      const short: Ask = { maxTokens: 90, script: { outputTokens: 5 } };
      expect(outcomeOf(await plain(gateway(), tenant, short))).toBe('200');
      expect(outcomeOf(await stream(gateway(), tenant, short))).toBe('200');
    });

    it('a request that came to nothing was made all the same, and gives its tokens back', async () => {
      const { input_tokens } = await oneCharge();
      await untilWellInsideAMinute();
      const tenant = await newTenant({ rpm: 4, tpm: input_tokens + 100 });
      const asked: Ask = { maxTokens: 90, script: { outputTokens: 5 } };
      const failing = { ...asked, script: { status: 500 } };
      expect(outcomeOf(await plain(gateway(), tenant, failing))).toBe('502 upstream_error');
      expect(outcomeOf(await stream(gateway(), tenant, failing))).toBe('502 upstream_error');
      const remaining = (reply: Reply) => reply.headers.get('x-ratelimit-remaining-requests');
      const third = await plain(gateway(), tenant, asked);
      expect([outcomeOf(third), remaining(third)]).toEqual(['200', '1']);
      const reply = await plain(gateway(), tenant, { ...asked, maxTokens: 10 });
      expect([outcomeOf(reply), remaining(reply)]).toEqual(['200', '0']);
      const over = await plain(gateway(), tenant, { ...asked, maxTokens: 1 });
      expect(outcomeOf(over)).toBe('429 rate_limit_exceeded');
    });

    it('the error of a request that was admitted tells what its key has left', async () => {
      const failing = { ...ASK, maxTokens: 500, script: { status: 500 } };
      const rates = ({ headers }: Reply) =>
        ['limit', 'remaining']
          .flatMap((figure) => [`${figure}-requests`, `${figure}-tokens`])
          .map((name) => headers.get(`x-ratelimit-${name}`));
      for (const ask of [plain, stream]) {
        await untilWellInsideAMinute();
        const tenant = await newTenant({ rpm: 5, tpm: 1_000 });
        const failed = await ask(gateway(), tenant, failing);
        expect(outcomeOf(failed)).toBe('502 upstream_error');
        expect(rates(failed)).toEqual(['5', '1000', '4', '1000']);
        expect(failed.headers.get('x-ratelimit-reset-tokens')).toMatch(/^\d+s$/);
      }
    });

    it('a request refused for its balance takes nothing from a rate', async () => {
      const { hold } = await oneCharge();
      await untilWellInsideAMinute();
      const tenant = await gateway().admin.newTenant({ balance: String(hold) }, { rpm: 2 });
      const dear = await atOnce(5, () => plain(gateway(), tenant, { ...ASK, maxTokens: 500 }));
      expect(tally(dear)).toEqual({ '402 insufficient_quota': 5 });
      const bought = await plain(gateway(), tenant, ASK);
      expect(outcomeOf(bought)).toBe('200');
      expect(bought.headers.get('x-ratelimit-remaining-requests')).toBe('1');
    });
  });

  it('a concurrency of 3 lets exactly 3 of 12 be open at once, and the next when they end', async () => {
    const tenant = await newTenant({ concurrency: 3 });
    const leave = new AbortController();
    const refused: Reply[] = [];
    const open = atOnce(12, async () => {
      const ask = { script: { outputTokens: 50, hangAfterTokens: 5 }, signal: leave.signal };
      const reply = await stream(gateway(), tenant, ask).catch(() => null);
      if (reply !== null) refused.push(reply);
    });
    await expect.poll(() => refused.length, { timeout: 10_000 }).toBe(9);
    expect(tally(refused)).toEqual({ '429 concurrency_exceeded': 9 });
    for (const reply of refused) expect(retryAfterOf(reply)).toBeGreaterThan(0);
    expect(outcomeOf(await plain(gateway(), tenant, ASK))).toBe('429 concurrency_exceeded');
    leave.abort();
    await open;
    await expect.poll(() => gateway().container.inFlight, { timeout: 5_000 }).toBe(0);
    expect(refused).toHaveLength(9);
    expect(outcomeOf(await plain(gateway(), tenant, ASK))).toBe('200');
  });

  describe('of its own quotas', () => {
    it.each(KEY_QUOTA_TYPES)(
      '%s for 3 let exactly 3 of 20 parallel requests pass',
      async (quotaType) => {
        const one = await oneCharge();
        const unit = quotaType.endsWith('_requests')
          ? 1n
          : quotaType.endsWith('_tokens')
            ? BigInt(one.input_tokens + one.output_tokens)
            : one.amount;
        const tenant = await newTenant({ quotas: [{ quotaType, limit: String(3n * unit) }] });
        const replies = await atOnce(20, mixed(tenant));
        const refusal = quotaType.startsWith('daily_')
          ? '429 daily_quota_exceeded'
          : quotaType.startsWith('monthly_')
            ? '429 monthly_quota_exceeded'
            : '402 insufficient_quota';
        expect(tally(replies)).toEqual({ '200': 3, [refusal]: 17 });
        for (const reply of refusedOf(replies).filter((refused) => refused.status === 429)) {
          expect(retryAfterOf(reply)).toBeGreaterThan(0);
        }
        const [quota] = await gateway().database.sql<{ used: bigint }[]>`
        select used from api_key_quota where api_key_id = ${tenant.keyId}`;
        expect(quota?.used).toBe(3n * unit);
        expect((await quotaOf(gateway(), tenant)).daily_used).toBe(3);
        await expectStoresAgree(gateway(), tenant);
      },
    );

    it('a key’s spent quota leaves the tenant’s other keys alone', async () => {
      const tenant = await newTenant({ quotas: [{ quotaType: 'total_requests', limit: 1 }] });
      const other = await gateway().admin.newKey(tenant.id);
      expect(outcomeOf(await plain(gateway(), tenant, ASK))).toBe('200');
      expect(outcomeOf(await plain(gateway(), tenant, ASK))).toBe('402 insufficient_quota');
      expect(outcomeOf(await plain(gateway(), other, ASK))).toBe('200');
    });

    it('a refused or failed request takes nothing from a key’s quota', async () => {
      const tenant = await newTenant({
        rpm: 1000,
        quotas: [
          { quotaType: 'daily_requests', limit: 2 },
          { quotaType: 'total_tokens', limit: 10_000 },
        ],
      });
      const dear = await plain(gateway(), tenant, { ...ASK, maxTokens: 16_000 });
      expect(outcomeOf(dear)).toBe('402 insufficient_quota');
      const failed = await stream(gateway(), tenant, { ...ASK, script: { status: 500 } });
      expect(outcomeOf(failed)).toBe('502 upstream_error');
      expect(tally(await atOnce(4, mixed(tenant)))).toEqual({
        '200': 2,
        '429 daily_quota_exceeded': 2,
      });
      await expectStoresAgree(gateway(), tenant);
    });
  });
});
