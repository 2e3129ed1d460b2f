import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TestTenant } from '../helpers/admin-client';
import { overBothAdapters } from '../helpers/built-gateway';
import { chatBody, jsonHeaders } from '../helpers/chat';
import { standingOf } from '../helpers/standing';
import { until } from '../helpers/until';
import { errorOf, outcomeOf, send, type WireRequest } from '../helpers/wire';

const BODY_BYTES_MAX = 10 * 1024 * 1024;
const PATH = '/v1/chat/completions';
const TOO_LARGE = 'x'.repeat(BODY_BYTES_MAX + 1);
/** Far beyond the cap: much of it is still under way when the gateway has made up its mind. */
const FAR_TOO_LARGE = 'x'.repeat(3 * BODY_BYTES_MAX);

overBothAdapters('bodies', (gateway) => {
  let tenant: TestTenant;
  beforeAll(async () => {
    tenant = await gateway().admin.newTenant({}, { rpm: 1_000 });
    expect(outcomeOf(await post({ body: chatBody() }))).toBe('200');
  });

  const post = (asked: Partial<WireRequest>) =>
    send(gateway().origin, {
      method: 'POST',
      path: PATH,
      ...asked,
      headers: { ...jsonHeaders(tenant.apiKey), ...asked.headers },
    });

  /** Refused, and so is a quote for it; nothing is taken for either. */
  async function refused(asked: Partial<WireRequest>) {
    const before = await standingOf(gateway(), tenant);
    const quoted = await post({ path: '/v1/quote', ...asked });
    const reply = await post(asked);
    if (asked.path === undefined) expect(outcomeOf(quoted)).toBe(outcomeOf(reply));
    expect(await standingOf(gateway(), tenant)).toEqual(before);
    return reply;
  }

  describe('that are too large get a 413 that arrives, and cost nothing', () => {
    const sizes = [
      ['by a byte', TOO_LARGE],
      ['by far', FAR_TOO_LARGE],
    ] as const;
    it.each(sizes)('%s, declared', async (_, body) => {
      expect(outcomeOf(await refused({ body }))).toBe('413 request_too_large');
    });

    it.each(sizes)('%s, in chunks of no declared length', async (_, body) => {
      expect(outcomeOf(await refused({ body, chunked: true }))).toBe('413 request_too_large');
    });

    it('declared and never sent', async () => {
      const headers = { 'content-length': String(BODY_BYTES_MAX + 1) };
      const reply = await new Promise<number | undefined>((resolve, reject) => {
        const { origin } = gateway();
        const req = request(`${origin}${PATH}`, {
          method: 'POST',
          headers: { ...jsonHeaders(tenant.apiKey), ...headers },
        });
        req.once('response', (res) => {
          resolve(res.statusCode);
          req.destroy();
        });
        req.once('error', reject);
        req.flushHeaders();
      });
      expect(reply).toBe(413);
    });

    it('to a client that goes on with another request afterwards', async () => {
      const reply = await fetch(`${gateway().origin}${PATH}`, {
        method: 'POST',
        headers: jsonHeaders(tenant.apiKey),
        body: FAR_TOO_LARGE,
      });
      expect(reply.status).toBe(413);
      expect(await reply.json()).toMatchObject({ error: { code: 'request_too_large' } });
      expect(outcomeOf(await post({ body: chatBody() }))).toBe('200');
    });
  });

  describe('that are not plain JSON get a 415, and cost nothing', () => {
    it.each([
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/jsonp',
      'multipart/form-data; boundary=x',
      '',
    ])('as %j', async (type) => {
      const reply = await refused({ body: chatBody(), headers: { 'content-type': type } });
      expect(outcomeOf(reply)).toBe('415 unsupported_media_type');
    });

    it.each(['gzip', 'GZIP', 'br', 'deflate', 'gzip, gzip'])('encoded as %s', async (encoding) => {
      const body = gzipSync(chatBody());
      const reply = await refused({ body, headers: { 'content-encoding': encoding } });
      expect(outcomeOf(reply)).toBe('415 unsupported_media_type');
    });

    it('packed to a thousandth of their size', async () => {
      const body = gzipSync('x'.repeat(2 * BODY_BYTES_MAX));
      const reply = await refused({ body, headers: { 'content-encoding': 'gzip' } });
      expect(outcomeOf(reply)).toBe('415 unsupported_media_type');
    });
  });

  it.each([
    'application/json; charset=utf-8',
    'Application/JSON',
    'application/json;charset=UTF-8',
  ])('are taken as %s', async (type) => {
    const reply = await post({ body: chatBody(), headers: { 'content-type': type } });
    expect(outcomeOf(reply)).toBe('200');
  });

  it('are taken in chunks, and as an upload that asks first', async () => {
    expect(outcomeOf(await post({ body: chatBody(), chunked: true }))).toBe('200');
    const headers = { expect: '100-continue' };
    expect(outcomeOf(await post({ body: chatBody(), headers }))).toBe('200');
  });

  it('that are no UTF-8 get a 400', async () => {
    const body = Buffer.from(chatBody().replace('harbour', 'h\u00e4rbour'), 'latin1');
    expect(outcomeOf(await refused({ body }))).toBe('400 invalid_json');
  });

  it('that are never sent whole cost nothing and are no fault of the gateway', async () => {
    const before = await standingOf(gateway(), tenant);
    const seen = await closedCount();
    await new Promise<void>((resolve) => {
      const req = request(`${gateway().origin}${PATH}`, {
        method: 'POST',
        headers: { ...jsonHeaders(tenant.apiKey), 'content-length': '1000' },
      });
      req.once('error', () => resolve());
      req.write('{"model":', () => setTimeout(() => req.destroy(new Error('left')), 100));
    });
    await until('the request to be counted as left', async () => (await closedCount()) > seen);
    expect(await standingOf(gateway(), tenant)).toEqual(before);
  });

  const closedCount = async (): Promise<number> => {
    const text = await (await fetch(`${gateway().origin}/api/metrics`)).text();
    const line = /^gateway_requests\{endpoint="other",status="499"\} (\d+)$/m.exec(text);
    return Number(line?.[1] ?? 0);
  };

  describe('are judged in the order of the contract', () => {
    const wrongKey = { authorization: 'Bearer tg-wrong' };
    const wrongType = { 'content-type': 'text/plain' };
    const wrongTrace = { 'x-trace-id': 'a b' };
    const unknownModel = chatBody({ model: 'no-such-model' });
    const orders: readonly [string, Partial<WireRequest>][] = [
      ['401 invalid_api_key', { headers: wrongKey, body: TOO_LARGE }],
      ['401 invalid_api_key', { headers: { ...wrongKey, ...wrongType }, body: '{' }],
      ['401 invalid_api_key', { headers: wrongKey, method: 'DELETE', path: '/v1/nothing' }],
      ['413 request_too_large', { headers: wrongTrace, body: TOO_LARGE }],
      ['415 unsupported_media_type', { headers: wrongType, body: '{' }],
      ['400 invalid_json', { body: unknownModel.slice(0, -1) }],
      ['400 invalid_field', { body: chatBody({ model: 'no-such-model', n: -1 }) }],
      ['400 invalid_trace_id', { headers: wrongTrace, body: unknownModel }],
    ];
    it.each(orders)('%s comes first', async (outcome, asked) => {
      expect(outcomeOf(await refused(asked))).toBe(outcome);
    });

    it('400, then 403, then the trace, then limits, then upstreams', async () => {
      const { admin } = gateway();
      const buyer = await admin.newTenant(
        { dailyLimit: 1 },
        { allowedModels: ['sim-fast', 'gone'] },
      );
      await admin.call('PUT', 'models/gone', { inputPrice: '1', outputPrice: '1' });
      const as = (body: string, headers = {}) =>
        post({ body, headers: { ...jsonHeaders(buyer.apiKey), ...headers } });
      const traced = { 'x-trace-id': 'first' };
      expect(outcomeOf(await as(chatBody(), traced))).toBe('200');
      expect(outcomeOf(await as('{', traced))).toBe('400 invalid_json');
      const other = chatBody({ model: 'sim-standard' });
      expect(outcomeOf(await as(other, traced))).toBe('403 model_not_allowed');
      const tooLong = { max_tokens: 16_385 };
      expect(outcomeOf(await as(chatBody(tooLong), traced))).toBe('400 invalid_field');
      const both = chatBody({ model: 'sim-standard', ...tooLong });
      expect(outcomeOf(await as(both, traced))).toBe('400 invalid_field');
      expect(outcomeOf(await as(chatBody({ seed: 1 }), traced))).toBe('409 trace_conflict');
      expect(outcomeOf(await as(chatBody({ model: 'gone' })))).toBe('429 daily_quota_exceeded');
      await admin.call('PATCH', `tenants/${buyer.id}`, { status: 'suspended' });
      await until('the suspension to arrive', async () => {
        return outcomeOf(await as(chatBody({ model: 'none' }))) === '403 tenant_suspended';
      });
      expect(outcomeOf(await as(chatBody(), traced))).toBe('403 tenant_suspended');
      expect(outcomeOf(await as(chatBody(tooLong), traced))).toBe('400 invalid_field');
      expect(errorOf(await as('[]')).status).toBe(400);
    });
  });
});
