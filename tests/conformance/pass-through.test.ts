import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Script } from '../../tools/simulator/script';
import type { TestTenant } from '../helpers/admin-client';
import { overBothAdapters } from '../helpers/built-gateway';
import { chatBody, jsonHeaders } from '../helpers/chat';
import { type Recorder, startRecorder } from '../helpers/recorder';
import { outcomeOf, send } from '../helpers/wire';

/** Forms that a parser and serialiser would not give back as they came. */
const ODD_FIELDS =
  '"metadata": {"id": 12345678901234567890, "price": 1.10, "tiny": 1e-7, "é": "\\u00e9\\ud83d\\ude00"},\r\n\t"x_unknown":[ 1.0 , null ]';

/** All that a reply may carry besides what the gateway means to say. */
const TRANSPORT = [
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'transfer-encoding',
  'vary',
];
const OURS =
  /^(?:content-type|cache-control|x-content-type-options|x-accel-buffering|x-trace-id|x-request-id|x-tallygate-(?:cost|balance|max-tokens))$/;

overBothAdapters('pass-through', (gateway) => {
  let recorder: Recorder;
  let tenant: TestTenant;
  beforeAll(async () => {
    const { admin, simulator } = gateway();
    recorder = await startRecorder(simulator.url);
    await admin.call('PUT', 'upstreams/sim', {
      baseUrl: recorder.url,
      apiKey: 'sk-upstream',
      models: { '*': '*' },
    });
    tenant = await admin.newTenant();
  });
  afterAll(() => recorder.close());

  const post = (body: string, headers = {}, path = '/v1/chat/completions') =>
    send(gateway().origin, {
      method: 'POST',
      path,
      headers: { ...jsonHeaders(tenant.apiKey), ...headers },
      body,
    });
  const withUsage = { stream: true, stream_options: { include_usage: true } };

  describe('bytes', () => {
    const question = '"messages": [{"role":"user","content":"Tell me of the sea."}]';
    const exact = `\n{"model":"sim-fast", ${ODD_FIELDS}, "max_tokens" : 12,${question} }\n`;

    it('hands a request on byte for byte, fields that it does not know included', async () => {
      for (const body of [
        exact,
        exact.replace('{', `{"stream":true,"stream_options":{"include_usage": true},`),
      ]) {
        expect((await post(body)).status).toBe(200);
        expect(recorder.last().body.toString('utf8')).toBe(body);
      }
    });

    it('adds to a stream that the usage be told, and changes no other byte', async () => {
      const body = exact.replace('{', '{"stream":true,');
      expect((await post(body)).status).toBe(200);
      expect(recorder.last().body.toString('utf8')).toBe(
        body.replace(/ \}\n$/, ' ,"stream_options":{"include_usage":true}}\n'),
      );
    });

    it('hands embeddings on byte for byte', async () => {
      const body = `{"input": "caf\\u00e9" , "model":"sim-embed", ${ODD_FIELDS}}`;
      const reply = await post(body, {}, '/v1/embeddings');
      expect(recorder.last().body.toString('utf8')).toBe(body);
      expect(reply.body.equals(recorder.last().reply)).toBe(true);
    });

    it('hands on a request of ten megabytes, less a little, whole', async () => {
      const user = 'u'.repeat(10 * 1024 * 1024 - 1_000);
      const body = chatBody({ user });
      expect((await post(body)).status).toBe(200);
      expect(recorder.last().body.equals(Buffer.from(body))).toBe(true);
    });

    it('gives a plain reply back byte for byte', async () => {
      const reply = await post(chatBody({}, { text: 'Grüße, 港 — "quoted" \u{1f6a2}' }));
      expect(reply.body.equals(recorder.last().reply)).toBe(true);
      expect(reply.headers['content-type']).toBe('application/json');
    });

    const framings: readonly [string, Script][] = [
      ['as OpenAI sends it', {}],
      ['in pieces that cut characters and events', { chunkBytes: 3, language: 'zh' }],
      ['many events at once', { coalesce: true }],
      ['with CRLF line ends', { crlf: true }],
      ['with CR line ends', { crOnlyLineEnds: true }],
      ['with its usage on the last chunk', { usageInLastChoiceChunk: true }],
      [
        'with separators and a false end in its text',
        { text: '\u2028 \\n\\n data: [DONE] \u0000' },
      ],
    ];
    it.each(framings)('gives a stream back byte for byte, %s', async (_, sim) => {
      const reply = await post(chatBody(withUsage, sim));
      expect(reply.body.toString('utf8')).toBe(recorder.last().reply.toString('utf8'));
    });

    it.each(framings)('takes out nothing but the usage chunk, %s', async (_, sim) => {
      const reply = await post(chatBody({ stream: true }, sim));
      const sent = recorder.last().reply.toString('utf8');
      const events = sent.split(/(?<=\n\n|\r\n\r\n|\r\r)/);
      const kept = events.filter((event) => !event.includes('"choices":[],"usage":{'));
      expect(kept.length).toBe(events.length - (sim.usageInLastChoiceChunk === true ? 0 : 1));
      expect(reply.body.toString('utf8')).toBe(kept.join(''));
    });
  });

  describe('headers', () => {
    it('sends an upstream its own key and an allow-list, nothing of the client', async () => {
      const smuggled = {
        cookie: 'session=1',
        host: 'elsewhere.test',
        'openai-organization': 'org-theirs',
        'openai-project': 'proj',
        'x-sim-script': '{"status":500}',
        'x-forwarded-for': '10.1.2.3',
        'x-forwarded-host': 'elsewhere.test',
        'x-real-ip': '10.1.2.3',
        'x-api-key': 'theirs',
        'api-key': 'theirs',
        'proxy-authorization': 'Basic eDp5',
        forwarded: 'for=10.1.2.3',
        te: 'trailers',
        'accept-encoding': 'gzip, br',
        'user-agent': 'a-client/1.0',
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        connection: 'keep-alive, x-trace-id',
        'x-trace-id': 'passed-on',
      };
      const reply = await post(chatBody(), smuggled);
      expect(outcomeOf(reply)).toBe('200');
      const { headers } = recorder.last();
      expect(headers).toEqual({
        host: new URL(recorder.url).host,
        connection: expect.stringMatching(/^(?:close|keep-alive)$/),
        'content-length': expect.stringMatching(/^\d+$/),
        'content-type': 'application/json',
        accept: 'application/json',
        'accept-encoding': 'identity',
        authorization: 'Bearer sk-upstream',
        'user-agent': 'tallygate',
        'x-request-id': 'passed-on',
      });
    });

    it('cannot be told another place to send the request to', async () => {
      const reply = await post(
        chatBody({ api_base: 'http://169.254.169.254', base_url: 'http://x' }),
      );
      expect(outcomeOf(reply)).toBe('200');
      expect(recorder.last().path).toBe('/v1/chat/completions');
    });

    it.each([false, true])(
      'gives a client none of an upstream headers (stream: %s)',
      async (stream) => {
        const headers = {
          'set-cookie': 'upstream=1',
          server: 'upstream/1.0',
          via: '1.1 upstream',
          'openai-organization': 'org-ours',
          'x-ratelimit-limit-requests': '7',
          'x-tallygate-cost': '1',
          'x-request-id': 'req_upstream',
          'access-control-allow-origin': '*',
          'content-security-policy': "default-src 'none'",
          'strict-transport-security': 'max-age=1',
          'x-powered-by': 'upstream',
        };
        const reply = await post(chatBody({ stream }, { headers }));
        expect(reply.status).toBe(200);
        const names = Object.keys(reply.headers).filter((name) => !TRANSPORT.includes(name));
        expect(names.filter((name) => !OURS.test(name))).toEqual([]);
        expect(reply.headers['x-request-id']).not.toBe('req_upstream');
        expect(reply.headers['x-tallygate-cost']).not.toBe('1');
        expect(reply.headers.vary ?? '').not.toContain('upstream');
      },
    );
  });
});
