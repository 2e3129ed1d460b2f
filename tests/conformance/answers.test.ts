import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { TestTenant } from '../helpers/admin-client';
import { type BuiltGateway, overBothAdapters } from '../helpers/built-gateway';
import { chatBody, jsonHeaders, parseAs } from '../helpers/chat';
import { errorOf, send } from '../helpers/wire';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const PATHS = ['/api/v1', '/v1'] as const;

const completion = z.looseObject({
  object: z.literal('chat.completion'),
  choices: z.array(z.looseObject({ message: z.looseObject({ content: z.string() }) })).min(1),
  usage: z.looseObject({ prompt_tokens: z.number(), completion_tokens: z.number() }),
});
const embeddings = z.looseObject({
  data: z.array(z.looseObject({ embedding: z.array(z.number()) })).length(2),
  usage: z.looseObject({ prompt_tokens: z.number() }),
});
const model = z.strictObject({
  id: z.string(),
  object: z.literal('model'),
  created: z.int(),
  owned_by: z.string(),
});
const modelList = z.strictObject({ object: z.literal('list'), data: z.array(model) });

overBothAdapters('answers', (gateway) => {
  const post = (tenant: TestTenant, path: string, body: string, headers = {}) =>
    send(gateway().origin, {
      method: 'POST',
      path,
      headers: { ...jsonHeaders(tenant.apiKey), ...headers },
      body,
    });
  const get = (tenant: TestTenant, path: string) =>
    send(gateway().origin, { path, headers: jsonHeaders(tenant.apiKey) });

  describe.each(PATHS)('under %s', (root) => {
    it('answers a plain request and bills its usage once', async () => {
      const tenant = await gateway().admin.newTenant();
      const traceId = 'plain:1';
      const reply = await post(tenant, `${root}/chat/completions`, chatBody(), {
        'x-trace-id': traceId,
      });
      expect(reply.status).toBe(200);
      expect(reply.headers).toMatchObject({
        'content-type': 'application/json',
        'x-trace-id': traceId,
        'x-request-id': expect.stringMatching(UUID_V7),
      });
      const { usage } = parseAs(completion, reply);
      const { dailyUsed, available } = await gateway().admin.tenant(tenant.id);
      const [charge] = await gateway().admin.charges(tenant.id);
      expect(charge).toMatchObject({
        traceId,
        status: 'COMMITTED',
        isStream: false,
        inputTokens: usage.prompt_tokens,
        outputTokens: usage.completion_tokens,
        amount: reply.headers['x-tallygate-cost'],
      });
      expect([dailyUsed, available]).toEqual([1, reply.headers['x-tallygate-balance']]);
    });

    it('answers a stream as server-sent events and bills what was streamed', async () => {
      const tenant = await gateway().admin.newTenant();
      const reply = await post(tenant, `${root}/chat/completions`, chatBody({ stream: true }));
      expect(reply.status).toBe(200);
      expect(reply.headers).toMatchObject({
        'content-type': 'text/event-stream; charset=utf-8',
        'x-trace-id': expect.stringMatching(UUID_V7),
        'x-request-id': expect.stringMatching(UUID_V7),
        'x-tallygate-balance': expect.stringMatching(/^\d+$/),
      });
      expect(reply.body.toString('utf8')).toMatch(/^data: \{.*\n\ndata: \[DONE\]\n\n$/s);
      const [charge, ...more] = await gateway().admin.charges(tenant.id);
      expect(more).toEqual([]);
      expect(charge).toMatchObject({ status: 'COMMITTED', isStream: true, outputTokens: 40 });
    });

    it('answers embeddings and bills their input', async () => {
      const tenant = await gateway().admin.newTenant();
      const body = JSON.stringify({ model: 'sim-embed', input: ['a harbour', 'a lighthouse'] });
      const reply = await post(tenant, `${root}/embeddings`, body);
      expect(reply.status).toBe(200);
      const { usage } = parseAs(embeddings, reply);
      expect(await gateway().admin.charges(tenant.id)).toMatchObject([
        { status: 'COMMITTED', inputTokens: usage.prompt_tokens, outputTokens: 0 },
      ]);
    });

    it('lists the models that the key may use, and shows one, for nothing', async () => {
      const tenant = await gateway().admin.newTenant({}, { allowedModels: ['sim-fast'] });
      const list = parseAs(modelList, await get(tenant, `${root}/models`));
      const one = parseAs(model, await get(tenant, `${root}/models/sim-fast?verbose=1`));
      expect(list.data).toEqual([one]);
      expect(one.id).toBe('sim-fast');
      const other = errorOf(await get(tenant, `${root}/models/sim-standard`));
      expect(other).toMatchObject({ status: 403, code: 'model_not_allowed' });
      const none = errorOf(await get(tenant, `${root}/models/no-such`));
      expect(none).toMatchObject({ status: 404, code: 'model_not_found', param: 'model' });
      expect(await gateway().admin.charges(tenant.id)).toEqual([]);
    });

    it('finds a model whose name has a slash, encoded or not', async () => {
      const tenant = await gateway().admin.newTenant();
      await putModel(gateway(), 'acme/gpt-4o');
      for (const name of ['acme%2Fgpt-4o', 'acme/gpt-4o']) {
        const found = parseAs(model, await get(tenant, `${root}/models/${name}`));
        expect(found.id).toBe('acme/gpt-4o');
      }
    });
  });

  it('tells the limits of a key that has some, on every kind of answer, and of no other', async () => {
    const limited = await gateway().admin.newTenant({}, { rpm: 1_000, tpm: 1_000_000 });
    const free = await gateway().admin.newTenant();
    const asks = [
      ['/v1/chat/completions', chatBody()],
      ['/v1/chat/completions', chatBody({ stream: true })],
      ['/v1/embeddings', JSON.stringify({ model: 'sim-embed', input: 'a harbour' })],
    ] as const;
    let left = 1_000;
    for (const [path, body] of asks) {
      const { headers } = await post(limited, path, body);
      left -= 1;
      expect(headers).toMatchObject({
        'x-ratelimit-limit-requests': '1000',
        'x-ratelimit-reset-requests': expect.stringMatching(/^\d+s$/),
        'x-ratelimit-limit-tokens': '1000000',
        'x-ratelimit-remaining-tokens': expect.stringMatching(/^9\d{5}$/),
        'x-ratelimit-reset-tokens': expect.stringMatching(/^\d+s$/),
      });
      // A minute that ends meanwhile takes some of the used ones with it.
      const remaining = Number(headers['x-ratelimit-remaining-requests']);
      expect(remaining).toBeGreaterThanOrEqual(left);
      expect(remaining).toBeLessThan(1_000);
      const names = Object.keys((await post(free, path, body)).headers);
      expect(names.filter((name) => name.startsWith('x-ratelimit'))).toEqual([]);
    }
  });

  it('says how far it capped an answer that the balance cannot pay in full', async () => {
    const tenant = await gateway().admin.newTenant({ balance: '400000' });
    const { headers } = await post(tenant, '/v1/chat/completions', chatBody({ max_tokens: null }));
    const cap = Number(headers['x-tallygate-max-tokens']);
    expect(cap).toBeGreaterThanOrEqual(256);
    expect(cap).toBeLessThanOrEqual(400_000 / 600);
    expect(gateway().simulator.stats().requests.at(-1)?.maxTokens).toBe(cap);
  });

  it('takes Idempotency-Key for a trace id where there is no X-Trace-ID', async () => {
    const tenant = await gateway().admin.newTenant();
    const byKey = await post(tenant, '/v1/chat/completions', chatBody(), {
      'idempotency-key': 'by-key',
    });
    expect(byKey.headers['x-trace-id']).toBe('by-key');
    const both = await post(tenant, '/v1/chat/completions', chatBody(), {
      'idempotency-key': 'by-key',
      'x-trace-id': 'by-trace',
    });
    expect(both.headers['x-trace-id']).toBe('by-trace');
    expect(both.headers['idempotent-replayed']).toBeUndefined();
  });
});

const putModel = (gateway: BuiltGateway, id: string) =>
  gateway.admin.call('PUT', `models/${id}`, { inputPrice: '1', outputPrice: '1' });
