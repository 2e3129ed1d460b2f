import { describe, expect, it } from 'vitest';
import type { TestTenant } from '../helpers/admin-client';
import { chargesOf } from '../helpers/books';
import { embed, outcomeOf, plain, stream } from '../helpers/buy';
import { untilEnded } from '../helpers/ended';
import { enquire, receiptOf } from '../helpers/enquiries';
import { LiveStream } from '../helpers/live-stream';
import { inBothModes } from '../helpers/modes';

const ASK = { maxTokens: 40 };

inBothModes('receipts', (gateway) => {
  const newTenant = (fields: object = {}, keyFields: object = {}) =>
    gateway().admin.newTenant(fields, keyFields);
  const receipt = (of: TestTenant, traceId: string) => receiptOf(gateway(), of, traceId);

  it('tell what a plain answer cost: price, hold, tokens of both counts, settlement, durations', async () => {
    const tenant = await newTenant();
    const script = { outputTokens: 30, cachedTokens: 4, reasoningTokens: 9 };
    const reply = await plain(gateway(), tenant, { ...ASK, script, traceId: 'a-plain.one:1' });
    const found = await receipt(tenant, 'a-plain.one:1');
    const amount = found.inputTokens * 150 + found.outputTokens * 600;
    expect(found).toMatchObject({
      ...{ tenantId: tenant.id, apiKeyId: tenant.keyId, traceId: 'a-plain.one:1', kind: 'charge' },
      ...{ status: 'COMMITTED', isStream: false, endpoint: 'chat.completions', attempt: 1 },
      ...{ model: 'sim-fast', upstream: 'sim', usageSource: 'upstream', usageAnomaly: null },
      ...{ cachedTokens: 4, reasoningTokens: 9, reportedOutputTokens: found.outputTokens },
      ...{ reportedInputTokens: found.inputTokens, countedInputTokens: found.inputTokens },
      ...{ inputPrice: '150', outputPrice: '600', cachedInputPrice: null },
      ...{ amount: String(amount), balanceAfter: String(1_000_000_000 - amount) },
      ...{ finish: 'complete', note: null, refundOf: null, refundedAmount: '0', refunds: [] },
    });
    expect(reply.headers.get('x-tallygate-cost')).toBe(found.amount);
    expect(BigInt(found.hold)).toBe(BigInt(found.inputTokens * 150 + 40 * 600));
    for (const ms of [found.upstreamMs, found.durationMs]) expect(ms).toBeGreaterThanOrEqual(0);
    const [created, committed] = [found.createdAt, found.committedAt ?? ''].map(Date.parse);
    expect(Math.abs(Date.now() - (created ?? 0))).toBeLessThan(60_000);
    expect(committed).toBeGreaterThanOrEqual(created ?? Number.NaN);
  });

  it('tell of a stream both counts of its output, and when its first byte came', async () => {
    const tenant = await newTenant();
    await stream(gateway(), tenant, { ...ASK, traceId: 'streamed' });
    await untilEnded(gateway(), tenant, 1);
    const found = await receipt(tenant, 'streamed');
    expect(found).toMatchObject({ isStream: true, usageSource: 'counted', finish: 'complete' });
    expect(found.countedOutputTokens).toBe(found.outputTokens);
    expect(found.reportedOutputTokens).toBe(found.outputTokens);
    expect(found.firstByteMs).toBeLessThanOrEqual(found.durationMs ?? -1);
  });

  it('keep the price of the admission, whatever the model costs by now', async () => {
    const tenant = await newTenant();
    const { admin } = gateway();
    const price = { inputPrice: '0.5', outputPrice: '0.25', cachedInputPrice: '0.1' };
    await admin.call('PUT', 'models/sim-repriced', price);
    await plain(gateway(), tenant, { ...ASK, model: 'sim-repriced', traceId: 'cheap' });
    await admin.call('PUT', 'models/sim-repriced', { inputPrice: '9', outputPrice: '9' });
    expect(await receipt(tenant, 'cheap')).toMatchObject(price);
  });

  it('are found by the trace id that the gateway made', async () => {
    const tenant = await newTenant();
    const reply = await embed(gateway(), tenant, 'a text');
    const traceId = reply.headers.get('x-trace-id') ?? '';
    expect(await receipt(tenant, traceId)).toMatchObject({
      ...{ traceId, endpoint: 'embeddings', status: 'COMMITTED', outputTokens: 0 },
    });
  });

  it('of a stream under way are PENDING: its hold, no amount, no end', async () => {
    const tenant = await newTenant();
    const script = { outputTokens: 30, hangAfterTokens: 5 };
    const live = await LiveStream.open(gateway(), tenant, { ...ASK, script, traceId: 'open' });
    await live.untilRead(3);
    const open = await receipt(tenant, 'open');
    expect(open).toMatchObject({
      ...{ status: 'PENDING', amount: '0', balanceAfter: null, finish: null, committedAt: null },
      ...{ usageSource: null, upstreamMs: null, firstByteMs: null, durationMs: null },
    });
    expect(BigInt(open.hold)).toBeGreaterThan(0n);
    live.leave();
    await untilEnded(gateway(), tenant, 1);
    const ended = await receipt(tenant, 'open');
    expect(ended).toMatchObject({ status: 'COMMITTED', finish: 'client_closed', hold: open.hold });
  });

  it('of a void trace say why, and forget it once the trace runs again', async () => {
    const tenant = await newTenant();
    const ask = { ...ASK, traceId: 'again' };
    gateway().simulator.script({ script: { status: 500 } });
    expect(outcomeOf(await plain(gateway(), tenant, ask))).toBe('502 upstream_error');
    expect(await receipt(tenant, 'again')).toMatchObject({
      ...{ status: 'VOIDED', finish: 'upstream_error', amount: '0', upstream: 'sim', attempt: 1 },
      ...{ committedAt: null, balanceAfter: null },
    });
    gateway().simulator.script({ script: { ttftMs: 700 } });
    const answer = plain(gateway(), tenant, ask);
    const isOpen = async () => (await chargesOf(gateway(), tenant))[0]?.status;
    await expect.poll(isOpen, { timeout: 5_000, interval: 5 }).toBe('PENDING');
    expect(await receipt(tenant, 'again')).toMatchObject({
      ...{ status: 'PENDING', attempt: 2, finish: null, upstream: null, durationMs: null },
    });
    expect(outcomeOf(await answer)).toBe('200');
    expect(await receipt(tenant, 'again')).toMatchObject({ status: 'COMMITTED', attempt: 2 });
  });

  it('exist for credits as well: what moved the balance, and the operator’s note', async () => {
    const tenant = await newTenant({ balance: '500' });
    const credits = `tenants/${tenant.id}/credits`;
    const credit = { amount: '-20', kind: 'adjustment', traceId: 'ticket-7', note: 'As agreed' };
    await gateway().admin.call('POST', credits, credit);
    expect(await receipt(tenant, 'ticket-7')).toMatchObject({
      ...{ kind: 'adjustment', status: 'COMMITTED', amount: '-20', balanceAfter: '480' },
      ...{ note: 'As agreed', model: null, apiKeyId: null, inputPrice: null },
    });
    const opening = await receipt(tenant, `opening-balance%3A${tenant.id}`);
    expect(opening).toMatchObject({ kind: 'topup', amount: '500', balanceAfter: '500' });
  });

  it('are the same for the operator', async () => {
    const tenant = await newTenant();
    await plain(gateway(), tenant, { ...ASK, traceId: 'both' });
    const path = `transactions/both?tenantId=${tenant.id}`;
    expect(await gateway().admin.call('GET', path)).toEqual(await receipt(tenant, 'both'));
  });

  describe('are the tenant’s own', () => {
    it('another tenant’s trace and an unknown one get the same 404, its own keys all get it', async () => {
      const [mine, theirs] = [await newTenant(), await newTenant()];
      await plain(gateway(), theirs, { ...ASK, traceId: 'theirs' });
      const [foreign, unknown] = await Promise.all(
        ['theirs', 'nobodys'].map((traceId) => enquire(gateway(), mine, `transactions/${traceId}`)),
      );
      expect([foreign, unknown].map((reply) => reply && outcomeOf(reply))).toEqual([
        '404 not_found',
        '404 not_found',
      ]);
      expect(foreign?.bytes.equals(unknown?.bytes ?? Buffer.of())).toBe(true);
      const other = await gateway().admin.newKey(theirs.id);
      expect(await receipt(other, 'theirs')).toMatchObject({ apiKeyId: theirs.keyId });
    });

    it.each(['a b', 'x'.repeat(129), 'a/b', '%00', '%', 'é', 'a,b'])(
      'a trace id that cannot be one is a 400: %j',
      async (traceId) => {
        const tenant = await newTenant();
        const path = `transactions/${traceId.includes('%') ? traceId : encodeURIComponent(traceId)}`;
        const reply = await enquire(gateway(), tenant, path);
        expect(outcomeOf(reply)).toBe('400 invalid_trace_id');
      },
    );

    it('a revoked key reads nothing; a suspended tenant reads its books', async () => {
      const tenant = await newTenant();
      await plain(gateway(), tenant, { ...ASK, traceId: 'mine' });
      const { admin } = gateway();
      await admin.call('PATCH', `tenants/${tenant.id}`, { status: 'suspended' });
      expect(outcomeOf(await plain(gateway(), tenant, ASK))).toBe('403 tenant_suspended');
      expect(await receipt(tenant, 'mine')).toMatchObject({ status: 'COMMITTED' });
      await admin.call('DELETE', `keys/${tenant.keyId}`);
      const reply = await enquire(gateway(), tenant, 'transactions/mine');
      expect(outcomeOf(reply)).toBe('401 invalid_api_key');
    });

    it('a key that may be used from elsewhere only reads nothing here', async () => {
      const tenant = await newTenant({}, { allowedIps: ['203.0.113.7'] });
      const reply = await enquire(gateway(), tenant, `transactions/opening-balance:${tenant.id}`);
      expect(outcomeOf(reply)).toBe('403 ip_not_allowed');
    });
  });

  it('take no limit and no rate: a hundred of them leave a key its one request', async () => {
    const quotas = [{ quotaType: 'daily_requests', limit: 1 }];
    const tenant = await newTenant({ dailyLimit: 1 }, { rpm: 1, concurrency: 1, quotas });
    const path = `transactions/opening-balance:${tenant.id}`;
    const replies = await Promise.all(
      Array.from({ length: 100 }, () => enquire(gateway(), tenant, path)),
    );
    expect(new Set(replies.map(outcomeOf))).toEqual(new Set(['200']));
    expect(outcomeOf(await plain(gateway(), tenant, ASK))).toBe('200');
  });
});
