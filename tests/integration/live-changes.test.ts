import { describe, expect, it } from 'vitest';
import type { TestTenant } from '../helpers/admin-client';
import { expectStoresAgree, onlyChargeOf, quotaOf, sumOf } from '../helpers/books';
import { atOnce, outcomeOf, plain, readStream, stream, tally } from '../helpers/buy';
import { untilEnded } from '../helpers/ended';
import { LiveStream } from '../helpers/live-stream';
import { inBothModes, PARALLEL } from '../helpers/modes';
import { until } from '../helpers/until';

const BALANCE = 1_000_000_000n;
const CUT_MS_MAX = 5_000;

inBothModes('what is changed while requests run', (gateway, mode) => {
  const endless = { outputTokens: 20_000, perTokenMs: 5 };

  const takings: {
    what: string;
    take: (tenant: TestTenant) => Promise<unknown>;
    code: string;
  }[] = [
    {
      what: 'a key revoked',
      take: ({ keyId }) => gateway().admin.call('DELETE', `keys/${keyId}`),
      code: 'invalid_api_key',
    },
    {
      what: 'a tenant suspended',
      take: ({ id }) => gateway().admin.call('PATCH', `tenants/${id}`, { status: 'suspended' }),
      code: 'tenant_suspended',
    },
  ];

  describe.each(takings)('$what', ({ take, code }) => {
    it('in the middle of a stream cuts it within 5 s, and charges what was delivered', async () => {
      const tenant = await gateway().admin.newTenant();
      const open = await LiveStream.open(gateway(), tenant, { script: endless });
      await open.untilRead(500);
      const from = performance.now();
      await take(tenant);
      expect(await open.ended()).toBe('end');
      expect(performance.now() - from).toBeLessThan(CUT_MS_MAX);
      expect([open.error(), open.isDone]).toEqual([code, false]);
      await untilEnded(gateway(), tenant, 1);
      const row = await onlyChargeOf(gateway(), tenant);
      expect(row).toMatchObject({ status: 'COMMITTED', finish: 'cut_off' });
      expect(row.output_tokens).toBeGreaterThan(80);
      expect((await quotaOf(gateway(), tenant)).balance).toBe(BALANCE - row.amount);
      await until('the upstream to be let go', () => {
        return gateway().simulator.stats().openRequests === 0;
      });
    });

    it('while the upstream is silent cuts the stream all the same', async () => {
      const tenant = await gateway().admin.newTenant();
      const script = { outputTokens: 100, hangAfterTokens: 20 };
      const open = await LiveStream.open(gateway(), tenant, { script });
      await open.untilRead(60);
      const from = performance.now();
      await take(tenant);
      expect(await open.ended()).toBe('end');
      expect(performance.now() - from).toBeLessThan(CUT_MS_MAX);
      expect(open.error()).toBe(code);
      await untilEnded(gateway(), tenant, 1);
      expect(await onlyChargeOf(gateway(), tenant)).toMatchObject({ output_tokens: 20 });
    });
  });

  it('a limit takes effect with the next request', async () => {
    const tenant = await gateway().admin.newTenant();
    const patch = (fields: object) => gateway().admin.call('PATCH', `tenants/${tenant.id}`, fields);
    const buy = async () => outcomeOf(await plain(gateway(), tenant));
    expect(await buy()).toBe('200');
    await patch({ dailyLimit: 1 });
    expect(await buy()).toBe('429 daily_quota_exceeded');
    await patch({ dailyLimit: 2, monthlyLimit: 1 });
    expect(await buy()).toBe('429 monthly_quota_exceeded');
    await patch({ monthlyLimit: 2 });
    expect(await buy()).toBe('200');
    expect(await buy()).toBe('429 daily_quota_exceeded');
    await patch({ dailyLimit: null, monthlyLimit: null });
    expect(await buy()).toBe('200');
  });

  it('a limit lowered below what is under way lets that finish, and nothing more in', async () => {
    const tenant = await gateway().admin.newTenant();
    const underWay = atOnce(5, () => plain(gateway(), tenant, { script: { ttftMs: 400 } }));
    await until('five to be under way', () => gateway().container.inFlight === 5);
    await gateway().admin.call('PATCH', `tenants/${tenant.id}`, { dailyLimit: 3 });
    expect(outcomeOf(await plain(gateway(), tenant))).toBe('429 daily_quota_exceeded');
    expect(tally(await underWay)).toEqual({ '200': 5 });
    expect((await quotaOf(gateway(), tenant)).daily_used).toBe(5);
  });

  it('a credit limit taken away in the middle of a stream ends it where the balance does', async () => {
    const tenant = await gateway().admin.newTenant({ balance: '0', creditLimit: '900000000' });
    const open = await LiveStream.open(gateway(), tenant, {
      script: { outputTokens: 5_000, perTokenMs: 1 },
    });
    await open.untilRead(300);
    await gateway().admin.call('PATCH', `tenants/${tenant.id}`, { creditLimit: '0' });
    expect(await open.ended()).toBe('end');
    expect(open.error()).toBe('insufficient_quota');
    await untilEnded(gateway(), tenant, 1);
    const row = await onlyChargeOf(gateway(), tenant);
    expect(row.output_tokens).toBeLessThan(5_000);
    expect((await quotaOf(gateway(), tenant)).balance).toBe(-row.amount);
  });

  it('a price edited in the middle of a request is for the next one', async () => {
    const { admin } = gateway();
    const tenant = await admin.newTenant();
    const model = `priced-${tenant.id}`;
    const price = (inputPrice: string, outputPrice: string) =>
      admin.call('PUT', `models/${model}`, { inputPrice, outputPrice });
    await price('100', '1000');
    const ask = { model, script: { outputTokens: 60, perTokenMs: 8 } };
    const streamed = LiveStream.open(gateway(), tenant, ask);
    const open = await streamed;
    const answer = plain(gateway(), tenant, ask);
    await until('both to be bought', () => gateway().simulator.stats().openRequests === 2);
    await price('7', '11');
    expect(await open.ended()).toBe('end');
    expect(outcomeOf(await answer)).toBe('200');
    const rows = await untilEnded(gateway(), tenant, 2);
    for (const row of rows) {
      expect(row.amount).toBe(BigInt(row.input_tokens * 100 + row.output_tokens * 1000));
    }
    expect(outcomeOf(await plain(gateway(), tenant, ask))).toBe('200');
    const next = (await untilEnded(gateway(), tenant, 3)).at(-1);
    expect(next?.amount).toBe(BigInt((next?.input_tokens ?? 0) * 7 + 60 * 11));
  });

  it('top-ups that race many settlements are all there in the end', async () => {
    const tenant = await gateway().admin.newTenant();
    const asked = atOnce(PARALLEL[mode], (index) =>
      (index % 2 === 0 ? plain : stream)(gateway(), tenant, { script: { ttftMs: index * 3 } }),
    );
    const credits = atOnce(40, async (index) => {
      await new Promise((resolve) => setTimeout(resolve, index * 10));
      const credit = { amount: '1000', kind: 'topup', traceId: `race-${index % 20}` };
      return await gateway().admin.call('POST', `tenants/${tenant.id}/credits`, credit);
    });
    const replies = await asked;
    await credits;
    expect(tally(replies)).toEqual({ '200': PARALLEL[mode] });
    const streams = replies.filter((_, index) => index % 2 === 1);
    expect(streams.every((reply) => readStream(reply.bytes).isDone)).toBe(true);
    const rows = await untilEnded(gateway(), tenant, PARALLEL[mode]);
    expect(await quotaOf(gateway(), tenant)).toMatchObject({
      // Twenty top-ups; each was sent twice under one trace id.
      balance: BALANCE + 20_000n - sumOf(rows),
      daily_used: PARALLEL[mode],
    });
    await expectStoresAgree(gateway(), tenant);
  });
});
