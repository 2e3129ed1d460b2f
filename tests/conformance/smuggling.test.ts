import { beforeAll, describe, expect, it } from 'vitest';
import type { TestTenant } from '../helpers/admin-client';
import { overBothAdapters } from '../helpers/built-gateway';
import { chatBody, jsonHeaders } from '../helpers/chat';
import { outcomeOf, send, sendBytes } from '../helpers/wire';

/** What Next trusts between its own parts, and older versions trusted from anybody. */
const NEXT_INTERNAL: Readonly<Record<string, string>> = {
  'x-middleware-subrequest':
    'src/middleware:src/middleware:src/middleware:src/middleware:src/middleware',
  'x-middleware-subrequest-id': '1',
  'x-middleware-invoke': '1',
  'x-middleware-next': '1',
  'x-middleware-rewrite': '/api/metrics',
  'x-middleware-redirect': 'https://evil.test/',
  'x-middleware-set-cookie': 'a=b',
  'x-middleware-override-headers': 'authorization,x-nonce',
  'x-middleware-request-x-nonce': 'known',
  'x-nextjs-rewritten-path': '/api/metrics',
  'x-nextjs-data': '1',
  'x-invoke-path': '/keys',
  'x-invoke-status': '200',
  'x-matched-path': '/keys',
  'x-now-route-matches': '1=keys',
  'x-nonce': 'known',
  'content-security-policy': "default-src * 'unsafe-inline'",
};
const NO_KEY = '401 invalid_api_key';

overBothAdapters('smuggling', (gateway, adapter) => {
  let tenant: TestTenant;
  beforeAll(async () => {
    tenant = await gateway().admin.newTenant();
  });
  const upstreamCalls = () => gateway().simulator.stats().requests.length;

  describe('Next’s own headers, sent by a client', () => {
    const each = Object.entries(NEXT_INTERNAL);

    it.each(each)('open no page to who is not signed in: %s', async (name, value) => {
      for (const path of ['/', '/keys']) {
        const reply = await send(gateway().origin, { path, headers: { [name]: value } });
        expect([307, 404]).toContain(reply.status);
        expect(reply.headers.location ?? '/sign-in').toMatch(/^\/sign-in/);
        expect(reply.headers['set-cookie']).toBeUndefined();
      }
    });

    it.each(each)('do not stand for a key, and change no answer: %s', async (name, value) => {
      const header = {
        [name]: value,
        'x-middleware-request-authorization': `Bearer ${tenant.apiKey}`,
      };
      for (const path of ['/v1/models', '/api/v1/models']) {
        const refused = await send(gateway().origin, { path, headers: header });
        expect(outcomeOf(refused)).toBe(NO_KEY);
        const headers = { ...header, authorization: `Bearer ${tenant.apiKey}` };
        const reply = await send(gateway().origin, { path, headers });
        expect(outcomeOf(reply)).toBe('200');
        expect(JSON.parse(reply.body.toString())).toMatchObject({ object: 'list' });
      }
      const admin = await send(gateway().origin, { path: '/api/admin/v1/audit', headers: header });
      expect(admin.status).toBe(401);
    });

    it('get no more than an empty answer out of a prefetch that Next skips', async () => {
      for (const path of ['/', '/keys', '/v1/models', '/api/admin/v1/audit']) {
        const headers = { 'x-middleware-prefetch': '1' };
        const { status, body } = await send(gateway().origin, { path, headers });
        if (adapter === 'self-hosted') expect([307, 401]).toContain(status);
        else expect([status, body.toString()]).toEqual([200, '{}']);
      }
    });

    it('all at once leave the page’s own policy and nonce', async () => {
      const headers = { ...NEXT_INTERNAL, 'x-matched-path': '/sign-in' };
      const {
        status,
        headers: got,
        body,
      } = await send(gateway().origin, { path: '/sign-in', headers });
      expect(status).toBe(200);
      expect(got['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(got['content-security-policy']).not.toMatch(/unsafe-inline|nonce-known/);
      expect(body.toString()).not.toContain('nonce="known"');
    });
  });

  describe('line ends and lengths that two parsers might read differently', () => {
    const line = (...lines: string[]): string => `${lines.join('\r\n')}\r\n`;
    const host = 'host: 127.0.0.1';
    const auth = () => `authorization: Bearer ${tenant.apiKey}`;

    const malformed: readonly [string, (body: string) => string][] = [
      [
        'a length and chunks',
        (body) => line('content-length: 4', 'transfer-encoding: chunked', '', body),
      ],
      [
        'two lengths',
        (body) => line('content-length: 4', `content-length: ${body.length}`, '', body),
      ],
      ['a length of +5', (body) => line('content-length: +5', '', body)],
      ['a length of 0x10', (body) => line('content-length: 0x10', '', body)],
      [
        'chunks that are not last',
        (body) => line('transfer-encoding: chunked, identity', '', body),
      ],
      ['a header with a bare line feed', (body) => line('x-trace-id: a\nx-other: b', '', body)],
      ['a header with a bare carriage return', (body) => line('x-trace-id: a\rb', '', body)],
      ['a header with a null', (body) => line('x-trace-id: a\0b', '', body)],
      ['a space before the colon', (body) => line('content-length : 4', '', body)],
    ];
    it.each(malformed)('are refused: %s', async (_, rest) => {
      const before = upstreamCalls();
      const head = line(
        'POST /v1/chat/completions HTTP/1.1',
        host,
        auth(),
        'content-type: application/json',
      );
      const second = line('GET /v1/models HTTP/1.1', host, auth(), '');
      const reply = await sendBytes(gateway().origin, `${head}${rest(chatBody())}${second}`);
      expect(reply).toMatch(/^HTTP\/1\.1 400 /);
      expect(reply.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
      expect(upstreamCalls()).toBe(before);
    });

    it('cannot write a reply header through a path, a name or a query', async () => {
      const injected = '%0d%0aset-cookie:%20evil=1%0d%0a%0d%0a<script>';
      for (const path of [
        `/v1/models/${injected}`,
        `/v1/models?x=${injected}`,
        `/v1/${injected}`,
        `/api/admin/v1/tenants/${injected}`,
        `/sign-in?callbackUrl=${injected}`,
        `/keys/${injected}`,
      ]) {
        const reply = await send(gateway().origin, { path, headers: jsonHeaders(tenant.apiKey) });
        expect(reply.headers['set-cookie']).toBeUndefined();
        expect(reply.status).toBeLessThan(500);
      }
    });

    it('are refused when the head is longer than any honest one', async () => {
      // In one piece, so that nothing of it is unread when the server closes.
      const head = `GET /v1/models HTTP/1.1\r\nhost: 127.0.0.1\r\nx-long: ${'a'.repeat(20_000)}\r\n\r\n`;
      expect(await sendBytes(gateway().origin, head)).toMatch(/^HTTP\/1\.1 431 /);
    });
  });

  describe('hop by hop', () => {
    it('a client names no header of ours to be dropped', async () => {
      const headers = {
        ...jsonHeaders(tenant.apiKey),
        connection: 'close, authorization, x-trace-id, content-type',
        'x-trace-id': `hop-${adapter}`,
        te: 'trailers',
        'keep-alive': 'timeout=1000',
        'proxy-connection': 'keep-alive',
      };
      const path = '/v1/chat/completions';
      const reply = await send(gateway().origin, {
        method: 'POST',
        path,
        headers,
        body: chatBody(),
      });
      expect(outcomeOf(reply)).toBe('200');
      expect(reply.headers['x-trace-id']).toBe(`hop-${adapter}`);
    });

    // Next's own server takes every upgrade for a web socket; on Vercel none gets this far.
    const upgrades = adapter === 'self-hosted' ? ['h2c', 'websocket'] : [];
    it.each(upgrades)('an upgrade to %s that is not to be had is passed over', async (protocol) => {
      await send(gateway().origin, { path: '/' });
      const headers = {
        ...jsonHeaders(tenant.apiKey),
        connection: 'Upgrade, HTTP2-Settings',
        upgrade: protocol,
        'http2-settings': 'AAMAAABkAAQAoAAAAAIAAAAA',
      };
      const path = '/v1/chat/completions';
      const reply = await send(gateway().origin, {
        method: 'POST',
        path,
        headers,
        body: chatBody(),
      });
      expect(outcomeOf(reply)).toBe('200');
    });
  });

  describe('where a request comes from', () => {
    const spellings = [
      '/api/v1/models',
      '/x/../api/v1/models',
      '/api/./v1/models',
      '/%61pi/v1/models',
      '/V1/models',
      '/api/V1/models',
      '//api/v1/models',
      '/api//v1/models',
      '/api/v1;x/models',
      'http://127.0.0.1/api/v1/models',
      '/_next/../api/v1/models',
      '/api\\v1\\models',
    ];
    const claims = ['203.0.113.7', '198.51.100.1, 203.0.113.7', '203.0.113.7, 198.51.100.1'];
    it.each(spellings)('is not what the client claims, however it spells %s', async (path) => {
      const guarded = await gateway().admin.newTenant({}, { allowedIps: ['203.0.113.7'] });
      for (const claim of claims) {
        const head = [
          `GET ${path} HTTP/1.1`,
          'host: 127.0.0.1',
          `authorization: Bearer ${guarded.apiKey}`,
          `x-forwarded-for: ${claim}`,
          `x-real-ip: 203.0.113.7`,
          `forwarded: for=203.0.113.7`,
          'connection: close',
        ].join('\r\n');
        const reply = await sendBytes(gateway().origin, `${head}\r\n\r\n`);
        expect(reply).toMatch(/^HTTP\/1\.1 (?:403|404|400|308) /);
        expect(reply).not.toContain('"object":"list"');
      }
    });
  });
});
