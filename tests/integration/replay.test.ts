import { describe, expect, it } from 'vitest';
import type { TestTenant } from '../helpers/admin-client';
import {
  chargesOf,
  expectStoresAgree,
  expireAnswer,
  isAnswerStored,
  onlyChargeOf,
  quotaOf,
} from '../helpers/books';
import { type Ask, embed, outcomeOf, plain, post, type Reply, stream } from '../helpers/buy';
import { inBothModes } from '../helpers/modes';
import { until } from '../helpers/until';

const DAY_MS = 24 * 60 * 60 * 1000;
const MEBIBYTE = 1024 * 1024;
const SMALL_USAGE = { prompt_tokens: 10, completion_tokens: 10, total_tokens: 20 };
/** Well before the settlement gives the ledger up and goes to the spool. */
const STORED_MS_MAX = 1_500;
const WAIT = { timeout: 5_000, interval: 10 };

inBothModes('a repeated request', (gateway) => {
  const newTenant = (fields: object = {}, keyFields: object = {}) =>
    gateway().admin.newTenant(fields, keyFields);
  const boughtUpstream = () => gateway().simulator.stats().requests.length;
  const patch = (tenant: TestTenant, fields: object) =>
    gateway().admin.call('PATCH', `tenants/${tenant.id}`, fields);
  const credit = (tenant: TestTenant, amount: bigint) =>
    gateway().admin.call('POST', `tenants/${tenant.id}/credits`, {
      amount: String(amount),
      kind: 'adjustment',
      traceId: 'adjustment',
    });

  /** The same answer to the byte, and neither bought nor billed. */
  async function expectReplay(first: Reply, repeat: () => Promise<Reply>): Promise<void> {
    const before = boughtUpstream();
    const again = await repeat();
    expect(outcomeOf(again)).toBe('200');
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(again.headers.get('content-type')).toBe(first.headers.get('content-type'));
    expect(again.headers.get('x-trace-id')).toBe(first.headers.get('x-trace-id'));
    expect(again.bytes.equals(first.bytes)).toBe(true);
    expect(boughtUpstream()).toBe(before);
  }

  describe.each([
    ['plain', plain],
    ['streamed', stream],
  ] as const)('%s', (_, send) => {
    it('gets the same bytes again, and again', async () => {
      const tenant = await newTenant();
      const ask: Ask = { maxTokens: 60, traceId: 'same', prompt: '讲一个故事' };
      const first = await send(gateway(), tenant, ask);
      const { balance, version } = await quotaOf(gateway(), tenant);
      await expectReplay(first, () => send(gateway(), tenant, ask));
      await expectReplay(first, () => send(gateway(), tenant, ask));
      expect(await quotaOf(gateway(), tenant)).toMatchObject({ balance, version, daily_used: 1 });
      await onlyChargeOf(gateway(), tenant);
    });

    it('is stored before it is charged: a crash in between loses no answer', async () => {
      const tenant = await newTenant();
      const asked = send(gateway(), tenant, { traceId: 'kept', script: { ttftMs: 300 } });
      await until('it to be bought', () => gateway().simulator.stats().openRequests === 1);
      await gateway().database.sql.begin(async (tx) => {
        await tx`select 1 from tenant_quota where tenant_id = ${tenant.id} for update`;
        await until('its answer', () => isAnswerStored(gateway(), tenant, 'kept'), STORED_MS_MAX);
      });
      expect(outcomeOf(await asked)).toBe('200');
    });

    it('is answered whatever the balance and the limits say now', async () => {
      const tenant = await newTenant(
        {},
        { rpm: 1, quotas: [{ quotaType: 'total_requests', limit: 1 }] },
      );
      const ask: Ask = { maxTokens: 30, traceId: 'spent' };
      const first = await send(gateway(), tenant, ask);
      const { balance } = await quotaOf(gateway(), tenant);
      await credit(tenant, -balance);
      await patch(tenant, { dailyLimit: 1, monthlyLimit: 1 });
      expect((await quotaOf(gateway(), tenant)).balance).toBe(0n);
      const other = await send(gateway(), tenant, { ...ask, traceId: 'another' });
      expect([402, 429]).toContain(other.status);
      await expectReplay(first, () => send(gateway(), tenant, ask));
    });

    it('whose answer’s day is over is told that it was billed, and is not billed again', async () => {
      const tenant = await newTenant();
      const ask: Ask = { maxTokens: 30, traceId: 'yesterday' };
      expect(outcomeOf(await send(gateway(), tenant, ask))).toBe('200');
      await expireAnswer(gateway(), tenant, 'yesterday');
      const before = boughtUpstream();
      const again = await send(gateway(), tenant, ask);
      expect(outcomeOf(again)).toBe('409 trace_already_billed');
      expect(again.headers.get('x-should-retry')).toBe('false');
      expect(boughtUpstream()).toBe(before);
      await onlyChargeOf(gateway(), tenant);
    });
  });

  it('whose plain answer had exactly a mebibyte gets it; with a byte more it is told that it was billed', async () => {
    const tenant = await newTenant();
    const answer = (length: number, traceId: string) => {
      const text = 'a harbour '.repeat(Math.ceil(length / 10)).slice(0, length);
      // The queue's script is used up by the one purchase.
      gateway().simulator.script({ script: { text, usage: SMALL_USAGE, perTokenMs: 0 } });
      return plain(gateway(), tenant, { traceId });
    };
    const around = (await answer(100, 'short')).bytes.length - 100;
    const whole = await answer(MEBIBYTE - around, 'whole');
    expect(whole.bytes.length).toBe(MEBIBYTE);
    await expectReplay(whole, () => plain(gateway(), tenant, { traceId: 'whole' }));
    const larger = await answer(MEBIBYTE - around + 1, 'larger');
    expect(larger.bytes.length).toBe(MEBIBYTE + 1);
    const again = await plain(gateway(), tenant, { traceId: 'larger' });
    expect(outcomeOf(again)).toBe('409 trace_already_billed');
    expect(await chargesOf(gateway(), tenant)).toHaveLength(3);
  });

  it('whose streamed answer was larger than a mebibyte is told that it was billed', async () => {
    const tenant = await newTenant();
    gateway().simulator.script({ script: { outputTokens: 5_000, perTokenMs: 0, coalesce: 100 } });
    const ask: Ask = { traceId: 'large' };
    const first = await stream(gateway(), tenant, ask);
    expect(first.bytes.length).toBeGreaterThan(MEBIBYTE);
    expect(outcomeOf(await stream(gateway(), tenant, ask))).toBe('409 trace_already_billed');
    expect((await onlyChargeOf(gateway(), tenant)).output_tokens).toBe(5_000);
  });

  it('that was streamed and broken off by its client is told that the part was billed', async () => {
    const tenant = await newTenant();
    const leave = new AbortController();
    gateway().simulator.reset();
    const script = { outputTokens: 200, perTokenMs: 20 };
    const ask: Ask = { traceId: 'left', script };
    const left = stream(gateway(), tenant, { ...ask, signal: leave.signal }).catch(() => null);
    const sentTokens = () => gateway().simulator.stats().requests.at(-1)?.sentTokens ?? 0;
    await expect.poll(sentTokens, WAIT).toBeGreaterThan(10);
    leave.abort();
    expect(await left).toBeNull();
    await expect.poll(() => gateway().container.inFlight, WAIT).toBe(0);
    const charge = await onlyChargeOf(gateway(), tenant);
    expect(charge).toMatchObject({ status: 'COMMITTED', finish: 'client_closed' });
    expect(charge.output_tokens).toBeGreaterThan(0);
    expect(charge.output_tokens).toBeLessThan(200);
    expect(outcomeOf(await stream(gateway(), tenant, ask))).toBe('409 trace_already_billed');
    await expectStoresAgree(gateway(), tenant);
  });

  it('that was plain and left by its client before the answer is void, and runs again', async () => {
    const tenant = await newTenant();
    const leave = new AbortController();
    const ask: Ask = { maxTokens: 20, traceId: 'left-early' };
    gateway().simulator.script({ script: { ttftMs: 20_000 } });
    const left = plain(gateway(), tenant, { ...ask, signal: leave.signal }).catch(() => null);
    await expect.poll(() => gateway().simulator.stats().openRequests, WAIT).toBe(1);
    leave.abort();
    expect(await left).toBeNull();
    await expect.poll(() => gateway().container.inFlight, WAIT).toBe(0);
    expect((await onlyChargeOf(gateway(), tenant)).status).toBe('VOIDED');
    expect(outcomeOf(await plain(gateway(), tenant, ask))).toBe('200');
    expect(await onlyChargeOf(gateway(), tenant)).toMatchObject({
      status: 'COMMITTED',
      attempt: 2,
    });
  });

  it('for embeddings gets the same bytes again', async () => {
    const tenant = await newTenant();
    const body = JSON.stringify({ model: 'sim-embed', input: 'harbour' });
    const send = () => post(gateway(), tenant.apiKey, 'embeddings', body, { traceId: 'vector' });
    await expectReplay(await send(), send);
  });

  it('under the path’s alias is the same request', async () => {
    const tenant = await newTenant();
    const body = JSON.stringify({ model: 'sim-embed', input: 'harbour' });
    const send = (path: string) => post(gateway(), tenant.apiKey, path, body, { traceId: 'alias' });
    await expectReplay(await send('embeddings'), () => send('../../v1/embeddings'));
  });

  it('without a name of its own is a new purchase, and no answer of it is kept', async () => {
    const tenant = await newTenant();
    const replies = [
      await embed(gateway(), tenant, 'harbour'),
      await embed(gateway(), tenant, 'harbour'),
    ];
    for (const reply of replies) expect(reply.headers.get('idempotent-replayed')).toBeNull();
    expect(await chargesOf(gateway(), tenant)).toHaveLength(2);
    const kept = await gateway().redis?.keys(`*${tenant.id}*answer*`);
    expect(kept ?? []).toEqual([]);
    const rows = await gateway().database.sql`
      select 1 from stored_answer where tenant_id = ${tenant.id}`;
    expect(rows.count).toBe(0);
  });

  it('finds its answer for a day and no longer', async () => {
    const tenant = await newTenant();
    await plain(gateway(), tenant, { maxTokens: 5, traceId: 'for-a-day' });
    const { redis, database } = gateway();
    const leftMs =
      redis === null
        ? (
            await database.sql<{ left_ms: number }[]>`
              select (extract(epoch from expires_at - now()) * 1000)::float8 as left_ms
              from stored_answer where tenant_id = ${tenant.id}`
          )[0]?.left_ms
        : await redis.pttl(`{gw:quota:tenant:${tenant.id}}:answer:for-a-day`);
    expect(leftMs).toBeGreaterThan(DAY_MS - 60_000);
    expect(leftMs).toBeLessThanOrEqual(DAY_MS);
  });
});
