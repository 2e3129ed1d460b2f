import { describe, expect, it } from 'vitest';
import type { TestTenant } from '../helpers/admin-client';
import { overBothAdapters } from '../helpers/built-gateway';
import { chatBody, jsonHeaders } from '../helpers/chat';
import { until } from '../helpers/until';
import { errorOf, send, type WireReply } from '../helpers/wire';

overBothAdapters('trace ids', (gateway) => {
  const chat = (apiKey: string, traceId: string, body: string, path = '/v1/chat/completions') =>
    send(gateway().origin, {
      method: 'POST',
      path,
      headers: { ...jsonHeaders(apiKey), 'x-trace-id': traceId },
      body,
    });
  const calls = () => gateway().simulator.stats().requests.length;
  const charges = (tenant: TestTenant) => gateway().admin.charges(tenant.id);

  function expectReplay(again: WireReply, first: WireReply): void {
    expect(again.status).toBe(200);
    expect(again.body.equals(first.body)).toBe(true);
    expect(again.headers).toMatchObject({
      'content-type': first.headers['content-type'],
      'x-trace-id': first.headers['x-trace-id'],
      'idempotent-replayed': 'true',
    });
    expect(again.headers['x-request-id']).not.toBe(first.headers['x-request-id']);
  }

  describe.each([false, true])('a repeated request (stream: %s)', (stream) => {
    it('gets the stored answer again, byte for byte, under either path, and buys nothing', async () => {
      const tenant = await gateway().admin.newTenant();
      const body = chatBody({ stream }, { text: 'Grüße, 港' });
      const first = await chat(tenant.apiKey, 'again', body);
      expect(first.status).toBe(200);
      const [before, bought] = [await charges(tenant), calls()];
      for (const path of ['/v1/chat/completions', '/api/v1/chat/completions']) {
        expectReplay(await chat(tenant.apiKey, 'again', body, path), first);
      }
      expect(await charges(tenant)).toEqual(before);
      expect(calls()).toBe(bought);
    });

    it('gets it whatever the limits say by now', async () => {
      const tenant = await gateway().admin.newTenant({ dailyLimit: 1 }, { rpm: 1 });
      const first = await chat(tenant.apiKey, 'last-one', chatBody({ stream }));
      expect(first.status).toBe(200);
      const other = errorOf(await chat(tenant.apiKey, 'one-more', chatBody({ stream })));
      expect(other.status).toBe(429);
      expectReplay(await chat(tenant.apiKey, 'last-one', chatBody({ stream })), first);
    });

    it('is told to wait while the first is still in flight', async () => {
      const tenant = await gateway().admin.newTenant();
      const body = chatBody({ stream }, { ttftMs: 1_500 });
      const before = calls();
      const first = chat(tenant.apiKey, 'busy', body);
      await until('the upstream to be asked', () => calls() === before + 1);
      const meanwhile = await chat(tenant.apiKey, 'busy', body);
      expect(errorOf(meanwhile)).toMatchObject({ status: 409, code: 'trace_in_flight' });
      expect(meanwhile.headers['retry-after']).toMatch(/^[1-9]\d*$/);
      expect(meanwhile.headers['x-trace-id']).toBe('busy');
      const conflict = errorOf(await chat(tenant.apiKey, 'busy', chatBody({ seed: 1 })));
      expect(conflict).toMatchObject({ status: 409, code: 'trace_conflict' });
      expect((await first).status).toBe(200);
      expectReplay(await chat(tenant.apiKey, 'busy', body), await first);
      expect(calls()).toBe(before + 1);
    });

    it('is refused when its answer is stored no longer', async () => {
      const tenant = await gateway().admin.newTenant();
      await chat(tenant.apiKey, 'old', chatBody({ stream }));
      const bought = calls();
      await gateway().redis.del(`{gw:quota:tenant:${tenant.id}}:answer:old`);
      const reply = await chat(tenant.apiKey, 'old', chatBody({ stream }));
      expect(errorOf(reply)).toMatchObject({ status: 409, code: 'trace_already_billed' });
      expect(calls()).toBe(bought);
    });

    it('runs again after an attempt that ended without an answer and without a charge', async () => {
      const tenant = await gateway().admin.newTenant();
      gateway().simulator.script({ script: { status: 500 } });
      const body = chatBody({ stream });
      const failed = errorOf(await chat(tenant.apiKey, 'second-try', body));
      expect(failed).toMatchObject({ status: 502, code: 'upstream_error' });
      const reply = await chat(tenant.apiKey, 'second-try', body);
      expect(reply.status).toBe(200);
      expect(reply.headers['idempotent-replayed']).toBeUndefined();
      expect(await charges(tenant)).toMatchObject([{ status: 'COMMITTED', attempt: 2 }]);
    });
  });

  it('is bound to body, path and key: another one of these is a conflict', async () => {
    const { admin } = gateway();
    const tenant = await admin.newTenant();
    const created = await admin.call('POST', `tenants/${tenant.id}/keys`, { name: 'second' });
    const secondKey = String(Reflect.get(Object(created), 'key'));
    const body = JSON.stringify({ model: 'sim-embed', input: 'a', messages: [] });
    expect((await chat(tenant.apiKey, 'bound', body, '/v1/embeddings')).status).toBe(200);
    const bought = calls();
    const others = [
      await chat(tenant.apiKey, 'bound', `${body} `, '/v1/embeddings'),
      await chat(tenant.apiKey, 'bound', chatBody()),
      await chat(secondKey, 'bound', body, '/v1/embeddings'),
    ];
    for (const reply of others) {
      expect(errorOf(reply)).toMatchObject({ status: 409, code: 'trace_conflict' });
      expect(reply.headers['x-should-retry']).toBe('false');
    }
    expect(calls()).toBe(bought);
  });

  it('is every tenant’s own: the same one of another tenant is a request like any other', async () => {
    const [mine, theirs] = [await gateway().admin.newTenant(), await gateway().admin.newTenant()];
    const body = chatBody();
    expect((await chat(mine.apiKey, 'shared', body)).status).toBe(200);
    const reply = await chat(theirs.apiKey, 'shared', body);
    expect(reply.status).toBe(200);
    expect(reply.headers['idempotent-replayed']).toBeUndefined();
    expect(await charges(mine)).toHaveLength(1);
    expect(await charges(theirs)).toHaveLength(1);
  });
});
