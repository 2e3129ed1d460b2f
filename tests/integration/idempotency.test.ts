import { describe, expect, it } from 'vitest';
import type { TestTenant } from '../helpers/admin-client';
import { chargesOf, expectStoresAgree, hashOf, onlyChargeOf, quotaOf } from '../helpers/books';
import {
  type Ask,
  atOnce,
  outcomeOf,
  plain,
  post,
  type Reply,
  stream,
  tally,
} from '../helpers/buy';
import { inBothModes } from '../helpers/modes';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
/** Long enough that all duplicates are judged while it is being answered. */
const SLOW = { ttftMs: 1_200 };
const ASK: Ask = { maxTokens: 20 };
const WAIT = { timeout: 5_000, interval: 10 };

inBothModes('idempotency', (gateway, mode) => {
  const newTenant = (fields: object = {}) => gateway().admin.newTenant(fields);
  const boughtUpstream = () => gateway().simulator.stats().requests.length;

  it('a refusal before the body is read names the trace as its client did', async () => {
    const ask = { ...ASK, traceId: 'whose-key-is-unknown' };
    const reply = await plain(gateway(), { apiKey: 'tg-unknown' }, ask);
    expect(outcomeOf(reply)).toBe('401 invalid_api_key');
    expect(reply.headers.get('x-trace-id')).toBe('whose-key-is-unknown');
  });

  describe.each([
    ['plain', plain],
    ['streamed', stream],
  ] as const)('%s', (_, send) => {
    it('50 duplicates in flight buy one answer; the others are told to come back for it', async () => {
      const tenant = await newTenant();
      const before = boughtUpstream();
      const ask = { ...ASK, traceId: 'fifty', script: SLOW };
      const replies = await atOnce(50, () => send(gateway(), tenant, ask));
      expect(tally(replies)).toEqual({ '200': 1, '409 trace_in_flight': 49 });
      for (const reply of replies) {
        expect(reply.headers.get('x-trace-id')).toBe('fifty');
        if (reply.status === 409)
          expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
      }
      expect(boughtUpstream()).toBe(before + 1);
      expect(await onlyChargeOf(gateway(), tenant)).toMatchObject({
        status: 'COMMITTED',
        attempt: 1,
      });
      expect((await quotaOf(gateway(), tenant)).daily_used).toBe(1);

      const again = await atOnce(10, () => send(gateway(), tenant, ask));
      const first = replies.find((reply) => reply.status === 200);
      for (const reply of again) {
        expect(reply.headers.get('idempotent-replayed')).toBe('true');
        expect(first?.bytes.equals(reply.bytes)).toBe(true);
      }
      expect(boughtUpstream()).toBe(before + 1);
      await expectStoresAgree(gateway(), tenant);
    });

    it('a trace whose upstream failed is void, and runs again as its second attempt', async () => {
      const tenant = await newTenant();
      const ask = { ...ASK, traceId: 'again' };
      gateway().simulator.script({ script: { status: 500 } });
      expect(outcomeOf(await send(gateway(), tenant, ask))).toBe('502 upstream_error');
      expect(await onlyChargeOf(gateway(), tenant)).toMatchObject({
        status: 'VOIDED',
        amount: 0n,
        attempt: 1,
      });
      const otherBody = { ...ask, prompt: 'Something else.' };
      expect(outcomeOf(await send(gateway(), tenant, otherBody))).toBe('409 trace_conflict');
      expect(outcomeOf(await send(gateway(), tenant, ask))).toBe('200');
      expect(await onlyChargeOf(gateway(), tenant)).toMatchObject({
        status: 'COMMITTED',
        attempt: 2,
      });
      expect(await quotaOf(gateway(), tenant)).toMatchObject({ daily_used: 1, monthly_used: 1 });
      await expectStoresAgree(gateway(), tenant);
    });

    it('a void trace repeated 20 times at once runs once, under one hold that stands', async () => {
      const tenant = await newTenant();
      const ask = { ...ASK, traceId: 'void-twenty' };
      gateway().simulator.script({ script: { status: 500 } });
      gateway().simulator.script({ script: SLOW });
      expect(outcomeOf(await send(gateway(), tenant, ask))).toBe('502 upstream_error');
      const before = boughtUpstream();
      const repeated = atOnce(20, () => send(gateway(), tenant, ask));
      await expect.poll(boughtUpstream, WAIT).toBe(before + 1);
      await expect.poll(() => gateway().container.inFlight, WAIT).toBe(1);
      const [pending] = await chargesOf(gateway(), tenant);
      expect(pending).toMatchObject({ status: 'PENDING', attempt: 2 });
      await expectHeld(tenant, pending?.hold ?? 0n);
      expect(tally(await repeated)).toEqual({ '200': 1, '409 trace_in_flight': 19 });
      expect(boughtUpstream()).toBe(before + 1);
      expect(await onlyChargeOf(gateway(), tenant)).toMatchObject({
        status: 'COMMITTED',
        attempt: 2,
      });
      await expectStoresAgree(gateway(), tenant);
    });
  });

  async function expectHeld(tenant: TestTenant, hold: bigint): Promise<void> {
    expect(hold).toBeGreaterThan(0n);
    expect((await gateway().admin.tenant(tenant.id)).held).toBe(String(hold));
    if (mode !== 'Redis') return;
    const { balance = '0', base = '0' } = (await hashOf(gateway(), tenant)) ?? {};
    expect(BigInt(base) - BigInt(balance)).toBe(hold);
  }

  describe('a trace that was used', () => {
    const SHORT: Ask = { ...ASK, script: { ttftMs: 300 } };

    /** Its twin in another shape, while the first is open and after it has ended. */
    async function expectConflict(
      tenant: TestTenant,
      twin: (traceId: string) => Promise<Reply>,
    ): Promise<void> {
      const open = plain(gateway(), tenant, { ...SHORT, traceId: 'open' });
      await expect.poll(() => gateway().container.inFlight, WAIT).toBe(1);
      expect(outcomeOf(await twin('open'))).toBe('409 trace_conflict');
      expect(outcomeOf(await open)).toBe('200');
      const refused = await twin('open');
      expect(outcomeOf(refused)).toBe('409 trace_conflict');
      expect(refused.headers.get('x-should-retry')).toBe('false');
      expect(await chargesOf(gateway(), tenant)).toHaveLength(1);
    }

    it('is refused for another body', async () => {
      const tenant = await newTenant();
      await expectConflict(tenant, (traceId) =>
        plain(gateway(), tenant, { ...SHORT, traceId, prompt: 'Not the same.' }),
      );
    });

    it('is refused for the same words streamed', async () => {
      const tenant = await newTenant();
      await expectConflict(tenant, (traceId) => stream(gateway(), tenant, { ...SHORT, traceId }));
    });

    it('is refused on another path', async () => {
      const tenant = await newTenant();
      const body = JSON.stringify({ model: 'sim-embed', input: 'harbour' });
      await expectConflict(tenant, (traceId) =>
        post(gateway(), tenant.apiKey, 'embeddings', body, { traceId }),
      );
    });

    it('is refused for another key of the tenant, which never sees the answer', async () => {
      const tenant = await newTenant();
      const other = await gateway().admin.newKey(tenant.id);
      await expectConflict(tenant, (traceId) => plain(gateway(), other, { ...SHORT, traceId }));
    });

    it('is refused where a credit has it', async () => {
      const tenant = await newTenant();
      const credit = { amount: '5', kind: 'topup', traceId: 'a-credit' };
      await gateway().admin.call('POST', `tenants/${tenant.id}/credits`, credit);
      const reply = await plain(gateway(), tenant, { ...ASK, traceId: 'a-credit' });
      expect(outcomeOf(reply)).toBe('409 trace_conflict');
      expect(await chargesOf(gateway(), tenant)).toEqual([]);
    });

    it('means nothing to another tenant, who may use the same one for the same body', async () => {
      const [one, two] = [await newTenant(), await newTenant()];
      const ask: Ask = { ...ASK, traceId: 'shared-name' };
      const [first, second] = [await plain(gateway(), one, ask), await plain(gateway(), two, ask)];
      expect([outcomeOf(first), outcomeOf(second)]).toEqual(['200', '200']);
      expect(second.headers.get('idempotent-replayed')).toBeNull();
      expect(second.bytes.equals(first.bytes)).toBe(false);
      expect((await onlyChargeOf(gateway(), two)).status).toBe('COMMITTED');
    });
  });

  describe('the name of a trace', () => {
    it('may come as Idempotency-Key, which is the same thing', async () => {
      const tenant = await newTenant();
      const headers = { 'idempotency-key': 'either-header' };
      const first = await plain(gateway(), tenant, { ...ASK, headers });
      const second = await plain(gateway(), tenant, { ...ASK, traceId: 'either-header' });
      expect(first.headers.get('x-trace-id')).toBe('either-header');
      expect(second.headers.get('idempotent-replayed')).toBe('true');
      expect((await onlyChargeOf(gateway(), tenant)).trace_id).toBe('either-header');
    });

    it('is X-Trace-ID’s where both headers come', async () => {
      const tenant = await newTenant();
      const headers = { 'idempotency-key': 'not-this' };
      const reply = await plain(gateway(), tenant, { maxTokens: 5, traceId: 'this', headers });
      expect(reply.headers.get('x-trace-id')).toBe('this');
    });

    it.each([
      ['empty', ''],
      ['with a space', 'a b'],
      ['with a tab', 'a\tb'],
      ['with a slash', 'a/b'],
      ['with an umlaut', '\xfc'],
      ['of 129 characters', 'a'.repeat(129)],
    ])('is refused %s', async (_, traceId) => {
      const tenant = await newTenant();
      const reply = await plain(gateway(), tenant, { traceId });
      expect(outcomeOf(reply)).toBe('400 invalid_trace_id');
      expect(await chargesOf(gateway(), tenant)).toEqual([]);
    });

    it.each([
      ['of one character', 'A'],
      ['of every kind of character', 'z-0._:Z'],
      ['of 128 characters', 'a'.repeat(128)],
    ])('is taken %s', async (_, traceId) => {
      const tenant = await newTenant();
      const reply = await plain(gateway(), tenant, { maxTokens: 5, traceId });
      expect(outcomeOf(reply)).toBe('200');
      expect((await onlyChargeOf(gateway(), tenant)).trace_id).toBe(traceId);
    });

    it('is a UUIDv7 of its own where the client gave none, on errors too', async () => {
      const tenant = await newTenant({ balance: '60000' });
      const replies = await atOnce(20, () => plain(gateway(), tenant, ASK));
      expect(Object.keys(tally(replies)).sort()).toEqual(['200', '402 insufficient_quota']);
      const names = replies.map((reply) => reply.headers.get('x-trace-id') ?? '');
      for (const name of names) expect(name).toMatch(UUID_V7);
      expect(new Set(names).size).toBe(20);
      const requestIds = replies.map((reply) => reply.headers.get('x-request-id'));
      expect(new Set(requestIds).size).toBe(20);
    });
  });
});
