import { beforeAll, describe, expect, it } from 'vitest';
import { quoteView } from '@/server/api/openapi/money-schemas';
import type { TestTenant } from '../helpers/admin-client';
import { overBothAdapters } from '../helpers/built-gateway';
import { chatBody, jsonHeaders, parseAs } from '../helpers/chat';
import { standingOf } from '../helpers/standing';
import { errorOf, outcomeOf, send, type WireReply } from '../helpers/wire';

const LIMITS = { rpm: 1_000, tpm: 10_000_000, concurrency: 50 };
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
const withField = (json: string): string => chatBody().replace('{', `{${json},`);
const messages = (count: number): string =>
  chatBody({ messages: Array.from({ length: count }, () => ({ role: 'user', content: 'a' })) });

overBothAdapters('refusals', (gateway) => {
  let tenant: TestTenant;
  beforeAll(async () => {
    const quotas = [{ quotaType: 'daily_requests', limit: 1_000 }];
    tenant = await gateway().admin.newTenant({ dailyLimit: 1_000 }, { ...LIMITS, quotas });
    // One bought answer, so that there are rows, a hash and rate counters that could move.
    expect(outcomeOf(await post(tenant, chatBody()))).toBe('200');
  });

  const post = (
    { apiKey }: { readonly apiKey: string },
    body: string,
    headers: Readonly<Record<string, string>> = {},
    path = '/v1/chat/completions',
  ) =>
    send(gateway().origin, {
      method: 'POST',
      path,
      headers: { ...jsonHeaders(apiKey), ...headers },
      body,
    });

  /**
   * Sends it; whatever the answer, nothing may have been taken for it. A quote for the same has said
   * the same before.
   */
  async function refused(of: TestTenant, body: string, headers = {}, path?: string) {
    const before = await standingOf(gateway(), of);
    const all = { 'x-trace-id': 'refused', ...headers };
    const quoted = path === undefined ? await post(of, body, all, '/v1/quote') : null;
    const reply = await post(of, body, all, path);
    if (quoted !== null) expect(refusalOf(quoted)).toEqual(errorOf(reply));
    expect(await standingOf(gateway(), of)).toEqual(before);
    return reply;
  }

  /** A limit that says no is no error of the quote itself. */
  function refusalOf(quoted: WireReply) {
    if (quoted.status !== 200) return errorOf(quoted);
    const { refusal } = parseAs(quoteView, quoted);
    if (refusal === null) throw new Error('The quote says that it would be admitted.');
    const { retryAfter: _, ...error } = refusal;
    return { ...error, param: null };
  }

  describe('of a wrong body cost nothing and name the field', () => {
    const invalid: readonly [string, string, string | null][] = [
      ['an empty body', '', null],
      ['half a body', chatBody().slice(0, -5), null],
      ['two bodies', `${chatBody()}${chatBody()}`, null],
      ['an array', `[${chatBody()}]`, null],
      ['NaN', withField('"temperature":NaN'), null],
      ['101 levels', withField(`"metadata":${nested(101)}`), null],
      ['a hundred thousand levels', withField(`"metadata":${nested(100_000)}`), null],
      ['a field given twice', withField('"max_tokens":1'), 'max_tokens'],
      ['no model', chatBody({ model: null }), 'model'],
      ['a number for the model', chatBody({ model: 7 }), 'model'],
      ['an endless model name', chatBody({ model: 'm'.repeat(257) }), 'model'],
      ['no messages', chatBody({ messages: [] }), 'messages'],
      ['text for messages', chatBody({ messages: 'hi' }), 'messages'],
      ['10,001 messages', messages(10_001), 'messages'],
      ['text for a message', chatBody({ messages: ['hi'] }), 'messages[0]'],
      ['no role', chatBody({ messages: [{ content: 'hi' }] }), 'messages[0].role'],
      [
        'a number for content',
        chatBody({ messages: [{ role: 'user', content: 1 }] }),
        'messages[0].content',
      ],
      ['1,025 tools', chatBody({ tools: Array.from({ length: 1_025 }, () => ({})) }), 'tools'],
      ['text for tools', chatBody({ tools: 'all' }), 'tools'],
      ['text for stream', chatBody({ stream: 'true' }), 'stream'],
      [
        'text for stream_options',
        chatBody({ stream: true, stream_options: 'x' }),
        'stream_options',
      ],
      ['text for temperature', chatBody({ temperature: 'hot' }), 'temperature'],
      ...['-1', '0', '1.5', '"10"', '1e400', '9007199254740993', 'true', '[]', '{}'].map(
        (value): [string, string, string] => [
          `max_tokens ${value}`,
          chatBody({ max_tokens: null }).replace('{', `{"max_tokens":${value},`),
          'max_tokens',
        ],
      ),
      ['max_tokens beyond the model', chatBody({ max_tokens: 16_385 }), 'max_tokens'],
      [
        'max_completion_tokens -1',
        chatBody({ max_tokens: null, max_completion_tokens: -1 }),
        'max_completion_tokens',
      ],
      ['two bounds', chatBody({ max_completion_tokens: 41 }), 'max_completion_tokens'],
      ['n 0', chatBody({ n: 0 }), 'n'],
      ['n 129', chatBody({ n: 129 }), 'n'],
      ['n 1.5', chatBody({ n: 1.5 }), 'n'],
      ['n 1e400', withField('"n":1e400'), 'n'],
    ];
    it.each(invalid)('%s', async (_, body, param) => {
      const error = errorOf(await refused(tenant, body));
      expect(error).toMatchObject({ status: 400, type: 'invalid_request_error', param });
      expect(error.code).toMatch(/^invalid_(?:json|field)$/);
    });

    const inputs: readonly unknown[] = [undefined, '', [], [''], {}, 7, [1.5], [[]], ['a', 1]];
    it.each(inputs)('an embedding of %j', async (input) => {
      const body = JSON.stringify({ model: 'sim-embed', input });
      const error = errorOf(await refused(tenant, body, {}, '/v1/embeddings'));
      expect(error).toMatchObject({ status: 400, code: 'invalid_field', param: 'input' });
    });

    it.each(['', 'a b', 'é', 'x'.repeat(129), '../../etc', 'a/b', 'a,b'])(
      'the trace id %j',
      async (traceId) => {
        const headers = { 'x-trace-id': Buffer.from(traceId).toString('latin1') };
        const reply = await refused(tenant, chatBody(), headers);
        expect(errorOf(reply)).toMatchObject({ status: 400, code: 'invalid_trace_id' });
      },
    );
  });

  describe('of a wrong caller cost nothing', () => {
    const wrongKeys: readonly [string, Record<string, string>][] = [
      ['no key', {}],
      ['an empty key', { authorization: 'Bearer ' }],
      ['no scheme', { authorization: 'tg-abc' }],
      ['basic', { authorization: 'Basic dGc6dGc=' }],
      ['an unknown key', { authorization: `Bearer tg-${'a'.repeat(48)}` }],
      ['a very long key', { authorization: `Bearer tg-${'a'.repeat(8_000)}` }],
      ['the operator’s token', { authorization: 'Bearer an-admin-token-for-tests' }],
    ];
    it.each(wrongKeys)('%s', async (_, headers) => {
      for (const path of [
        '/v1/chat/completions',
        '/api/v1/quote',
        '/api/v1/models',
        '/v1/models/sim-fast',
        '/v1/x',
      ]) {
        const method = /completions|quote/.test(path) ? 'POST' : 'GET';
        const type = { 'content-type': 'application/json' };
        const reply = await send(gateway().origin, {
          method,
          path,
          headers: { ...type, ...headers },
          ...(method === 'POST' ? { body: chatBody() } : {}),
        });
        expect(errorOf(reply)).toMatchObject({ status: 401, code: 'invalid_api_key' });
      }
    });

    it('a key that has expired, is disabled, or was revoked', async () => {
      const { admin, database } = gateway();
      const expired = await admin.newTenant({}, { expiresAt: '2020-01-01T00:00:00Z' });
      const disabled = await admin.newTenant();
      await database.sql`update api_key set status = 'disabled' where id = ${disabled.keyId}`;
      const revoked = await admin.newTenant();
      await admin.call('DELETE', `keys/${revoked.keyId}`);
      for (const each of [expired, disabled, revoked]) {
        expect(outcomeOf(await refused(each, chatBody()))).toBe('401 invalid_api_key');
      }
    });

    it('a suspended tenant, a model or an address that the key may not use', async () => {
      const { admin } = gateway();
      const suspended = await admin.newTenant();
      await admin.call('PATCH', `tenants/${suspended.id}`, { status: 'suspended' });
      const bound = await admin.newTenant({}, { allowedModels: ['sim-standard'] });
      const elsewhere = await admin.newTenant(
        {},
        { allowedIps: ['203.0.113.0/24', '2001:db8::1'] },
      );
      expect(outcomeOf(await refused(suspended, chatBody()))).toBe('403 tenant_suspended');
      expect(outcomeOf(await refused(bound, chatBody()))).toBe('403 model_not_allowed');
      expect(outcomeOf(await refused(elsewhere, chatBody()))).toBe('403 ip_not_allowed');
    });

    it('a model that does not exist', async () => {
      const error = errorOf(await refused(tenant, chatBody({ model: 'no-such-model' })));
      expect(error).toMatchObject({ status: 404, code: 'model_not_found', param: 'model' });
    });
  });

  describe('of a spent limit take nothing more', () => {
    const limits: readonly [string, object, object, string][] = [
      ['the balance', { balance: '1000' }, {}, '402 insufficient_quota'],
      ['the day', { dailyLimit: 1 }, {}, '429 daily_quota_exceeded'],
      ['the month', { monthlyLimit: 1 }, {}, '429 monthly_quota_exceeded'],
      ['the minute', {}, { rpm: 1 }, '429 rate_limit_exceeded'],
      ['the minute’s tokens', {}, { tpm: 100 }, '429 rate_limit_exceeded'],
      [
        'the key’s day',
        {},
        { quotas: [{ quotaType: 'daily_requests', limit: 1 }] },
        '429 daily_quota_exceeded',
      ],
    ];
    it.each(limits)('%s', async (_, fields, keyFields, outcome) => {
      const spent = await gateway().admin.newTenant(fields, keyFields);
      // The one that spends the limit; where the balance is short, it only warms the cache.
      await post(spent, chatBody({ max_tokens: 60 }));
      const reply = await refused(spent, chatBody({ max_tokens: 60 }));
      expect(outcomeOf(reply)).toBe(outcome);
      if (outcome.startsWith('429')) expect(reply.headers['retry-after']).toMatch(/^[1-9]\d*$/);
      if (outcome.includes('rate_limit')) {
        const names = Object.keys(reply.headers).filter((name) => name.startsWith('x-ratelimit'));
        expect(names).toHaveLength(3);
      }
    });
  });

  it('of the scheduled jobs, where no secret is set for them, are for everybody', async () => {
    for (const token of ['undefined', 'null', '', 'an-admin-token-for-tests']) {
      const reply = await send(gateway().origin, {
        path: '/api/cron/maintain',
        headers: { authorization: `Bearer ${token}` },
      });
      expect([token, reply.status]).toEqual([token, 401]);
    }
  });

  it('answers 503 when nothing serves the model, and charges nothing', async () => {
    const { admin, database } = gateway();
    const buyer = await admin.newTenant();
    await admin.call('PUT', 'models/orphan', { inputPrice: '1', outputPrice: '1' });
    await admin.call('PUT', 'upstreams/dead', {
      baseUrl: 'http://127.0.0.1:9/v1',
      apiKey: 'k',
      models: { orphan: 'orphan' },
    });
    await admin.call('DELETE', 'upstreams/sim');
    try {
      const reply = await post(buyer, chatBody({ model: 'orphan' }));
      expect(outcomeOf(reply)).toBe('503 no_healthy_upstream');
      const rows = await database.sql`
        select 1 from billing_transaction where tenant_id = ${buyer.id} and status <> 'VOIDED'
        and kind = 'charge'`;
      expect(rows).toHaveLength(0);
    } finally {
      await admin.seedCatalogue(gateway().simulator.url);
    }
  });
});
