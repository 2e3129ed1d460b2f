import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { overBothAdapters } from '../helpers/built-gateway';
import { chatBody, jsonHeaders, parseAs } from '../helpers/chat';
import { TEST_SECRETS } from '../helpers/gateway';
import { outcomeOf, send, type WireReply } from '../helpers/wire';

const METRICS_TOKEN = 'a-metrics-token-for-tests';
const CRON_SECRET = 'a-cron-secret-for-tests';
const ADMIN = { authorization: `Bearer ${TEST_SECRETS.ADMIN_TOKEN}` };
const JSON_BODY = { 'content-type': 'application/json' };
const ready = z.object({ status: z.string(), postgres: z.string(), redis: z.string() });
const maintained = z.record(z.string(), z.number());
const openApi = z.looseObject({
  openapi: z.string().startsWith('3.'),
  paths: z.record(z.string(), z.looseObject({})),
});

overBothAdapters(
  'routes',
  (gateway, adapter) => {
    const call = (method: string, path: string, headers = {}, body?: string) =>
      send(gateway().origin, { method, path, headers, ...(body === undefined ? {} : { body }) });
    const get = (path: string, headers = {}) => call('GET', path, headers);

    describe('of the gateway that do not exist are designed errors', () => {
      const unknown = [
        '/v1',
        '/api/v1',
        '/v1/nothing',
        '/api/v1/chat',
        '/v1/chat/completions/x',
        '/v1/Models',
        '/api/v1/models%2F',
      ];
      it.each(unknown)('GET %s', async (path) => {
        const { apiKey } = await gateway().admin.newTenant();
        expect(outcomeOf(await get(path))).toBe('401 invalid_api_key');
        expect(outcomeOf(await get(path, jsonHeaders(apiKey)))).toBe('404 not_found');
      });

      const wrong: readonly [string, string, string][] = [
        ...['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].flatMap(
          (method): [string, string, string][] => [
            [method, '/v1/chat/completions', 'POST'],
            [method, '/api/v1/embeddings', 'POST'],
            [method, '/v1/quote', 'POST'],
          ],
        ),
        ...['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map((method): [string, string, string] => [
          method,
          '/v1/models',
          'GET',
        ]),
        ['DELETE', '/v1/models/sim-fast', 'GET'],
      ];
      it.each(wrong)('%s %s', async (method, path, allowed) => {
        const { apiKey } = await gateway().admin.newTenant();
        const reply = await call(method, path, jsonHeaders(apiKey));
        expect(outcomeOf(reply)).toBe('405 method_not_allowed');
        expect(reply.headers.allow).toBe(allowed);
        expect(outcomeOf(await call(method, path))).toBe('401 invalid_api_key');
      });

      it.each(['/v1/models', '/v1/chat/completions', '/api/v1/nothing'])(
        'HEAD %s',
        async (path) => {
          const { apiKey } = await gateway().admin.newTenant();
          for (const [headers, status] of [
            [{}, 401],
            [jsonHeaders(apiKey), path.endsWith('nothing') ? 404 : 405],
          ] as const) {
            const reply = await call('HEAD', path, headers);
            expect([reply.status, reply.body.length]).toEqual([status, 0]);
            expect(reply.headers['x-trace-id']).toBeDefined();
            expect(reply.headers['x-request-id']).toBeDefined();
          }
        },
      );

      it('leads a path with a slash at its end to the same answer', async () => {
        const { apiKey } = await gateway().admin.newTenant();
        for (const path of ['/v1/models/', '/api/v1/models/']) {
          const headers = jsonHeaders(apiKey);
          const reply = await fetch(`${gateway().origin}${path}`, { headers });
          expect(reply.status).toBe(200);
        }
        const reply = await fetch(`${gateway().origin}/v1/chat/completions/`, {
          method: 'POST',
          headers: jsonHeaders(apiKey),
          body: chatBody(),
        });
        expect(reply.status).toBe(200);
      });
    });

    describe('about the process', () => {
      it('say that it lives, and that it is ready with both stores', async () => {
        expect((await get('/api/health/live')).status).toBe(200);
        const reply = await get('/api/health/ready');
        expect(parseAs(ready, reply)).toEqual({ status: 'ready', postgres: 'up', redis: 'up' });
      });

      it.each([undefined, 'Bearer wrong', `Basic ${METRICS_TOKEN}`, METRICS_TOKEN])(
        'keep the metrics from %j',
        async (authorization) => {
          const headers = authorization === undefined ? {} : { authorization };
          const reply = await get('/api/metrics', headers);
          expect(reply.status).toBe(401);
          expect(reply.body.toString()).not.toContain('billing_');
        },
      );

      it('give the metrics of the contract to who has the token', async () => {
        const buyer = await gateway().admin.newTenant();
        const stream = chatBody({ stream: true });
        await call('POST', '/v1/chat/completions', jsonHeaders(buyer.apiKey), stream);
        const reply = await get('/api/metrics', { authorization: `Bearer ${METRICS_TOKEN}` });
        expect(reply.status).toBe(200);
        expect(reply.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
        const text = reply.body.toString();
        for (const line of [
          /^# TYPE quota_redis_db_diff gauge$/m,
          /^billing_deduct_success [1-9]/m,
          /^# TYPE billing_deduct_failure counter$/m,
          /^billing_idempotent_hit 0$/m,
          /^billing_idempotent_conflict 0$/m,
          /^billing_stream_pending_created [1-9]/m,
          /^billing_stream_committed [1-9]/m,
          /^billing_stream_failed 0$/m,
          /^billing_stream_token_accuracy_pct_count [1-9]/m,
          /^quota_check_duration_ms_count [1-9]/m,
          /^billing_duration_ms_count [1-9]/m,
          /^redis_lua_script_duration_ms_count\{script="quota_check"\} [1-9]/m,
          /^redis_lua_script_duration_ms_count\{script="quota_deduct"\} [1-9]/m,
        ]) {
          expect(text).toMatch(line);
        }
      });

      it.each([undefined, 'Bearer wrong', `Bearer ${TEST_SECRETS.ADMIN_TOKEN}`, CRON_SECRET])(
        'keep the scheduled jobs from %j',
        async (authorization) => {
          const headers = authorization === undefined ? {} : { authorization };
          const reply = await get('/api/cron/maintain', headers);
          expect(reply.status).toBe(401);
          expect(reply.body.toString()).not.toContain('swept');
        },
      );

      it('sweep and reconcile for who has the secret of the scheduled jobs', async () => {
        await gateway().admin.newTenant();
        const reply = await get('/api/cron/maintain', { authorization: `Bearer ${CRON_SECRET}` });
        expect(reply.status).toBe(200);
        const { replayed, swept, tenants, drifted, left } = parseAs(maintained, reply);
        expect([replayed, swept, drifted, left]).toEqual([0, 0, 0, 0]);
        expect(tenants).toBeGreaterThan(0);
      });

      it('describe the API, as a document and as a page', async () => {
        const { paths } = parseAs(openApi, await get('/api/openapi.json'));
        const developer = ['/chat/completions', '/embeddings', '/models'];
        for (const path of developer) {
          expect(Object.keys(paths).some((each) => each.endsWith(path))).toBe(true);
        }
        const page = await get('/docs');
        expect([page.status, page.headers['content-type']]).toEqual([
          200,
          'text/html; charset=utf-8',
        ]);
        expect(page.body.toString()).toContain('chat/completions');
      });
    });

    describe('of the operator', () => {
      it('work with the token and answer 401 without, whatever the route', async () => {
        const { id } = await gateway().admin.newTenant({ name: 'Over REST' });
        const tenant = await get(`/api/admin/v1/tenants/${id}`, ADMIN);
        expect(JSON.parse(tenant.body.toString())).toMatchObject({ id, name: 'Over REST' });
        for (const path of [`tenants/${id}`, 'tenants/unknown', 'nothing', 'audit']) {
          for (const headers of [{}, { authorization: 'Bearer wrong' }]) {
            expect((await get(`/api/admin/v1/${path}`, headers)).status).toBe(401);
          }
        }
        const gone = await get('/api/admin/v1/tenants/0190a000-0000-7000-8000-000000000000', ADMIN);
        expect([gone.status, codeOf(gone)]).toEqual([404, 'not_found']);
        const wrong = await call('PUT', `/api/admin/v1/tenants/${id}`, ADMIN);
        expect([wrong.status, wrong.headers.allow]).toEqual([405, 'GET, PATCH']);
        const deleted = await call('DELETE', '/api/admin/v1/models/none', ADMIN);
        expect(deleted.status).toBe(404);
      });
    });

    describe('of the portal', () => {
      const pages = [
        '/',
        '/keys',
        '/transactions',
        '/usage',
        '/usage?period=month',
        '/no/such/page',
      ];
      it.each(pages)('lead from %s to the sign-in when nobody is signed in', async (path) => {
        const reply = await get(path);
        expect(reply.status).toBe(307);
        expect(reply.headers.location).toMatch(/^\/sign-in(?:\?|$)/);
      });

      it.each(['/sign-in', '/docs', '/'])('are safe to show: %s', async (path) => {
        const [reply, again] = [await get(path), await get(path)];
        const policy = String(reply.headers['content-security-policy']);
        const nonce = /script-src 'self' 'nonce-([A-Za-z0-9+/=]{20,})' 'strict-dynamic';/.exec(
          policy,
        )?.[1];
        expect(nonce).toBeDefined();
        expect(policy).not.toMatch(/unsafe-|\*|https?:/);
        expect(policy).toContain("frame-ancestors 'none'");
        expect(policy).toContain("default-src 'self'");
        expect(again.headers['content-security-policy']).not.toBe(policy);
        expect(reply.headers).toMatchObject({
          'x-content-type-options': 'nosniff',
          'referrer-policy': 'same-origin',
          'cache-control': expect.stringContaining('no-store'),
        });
        expect(reply.headers['x-powered-by']).toBeUndefined();
        const html = reply.body.toString();
        const scripts = html.match(/<script(?=[\s>])[^>]*>/g) ?? [];
        expect(scripts.filter((tag) => !tag.includes(`nonce="${nonce}"`))).toEqual([]);
        expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\/(?!127\.0\.0\.1)/);
      });

      it('ask for TLS for good, once a proxy that is trusted tells of TLS', async () => {
        const plain = await get('/sign-in');
        const claimed = await get('/sign-in', { 'x-forwarded-proto': 'https, http' });
        const secure = await get('/sign-in', { 'x-forwarded-proto': 'https' });
        expect(plain.headers['strict-transport-security']).toBeUndefined();
        expect(claimed.headers['strict-transport-security']).toBeUndefined();
        expect(secure.headers['strict-transport-security']).toMatch(/^max-age=\d{8}/);
      });
    });

    it('are never stored and never sniffed where they need a credential', async () => {
      const { id, apiKey } = await gateway().admin.newTenant();
      const buyer = jsonHeaders(apiKey);
      const replies: Record<string, WireReply> = {
        models: await get('/v1/models', buyer),
        plain: await call('POST', '/v1/chat/completions', buyer, chatBody()),
        stream: await call('POST', '/v1/chat/completions', buyer, chatBody({ stream: true })),
        error: await call('POST', '/v1/chat/completions', buyer, '{'),
        refused: await get('/v1/models'),
        admin: await get(`/api/admin/v1/tenants/${id}`, ADMIN),
        adminError: await get('/api/admin/v1/nothing', ADMIN),
        trpc: await get('/api/trpc/portal.overview'),
        session: await get('/api/auth/session'),
        metrics: await get('/api/metrics', { authorization: `Bearer ${METRICS_TOKEN}` }),
        jobs: await get('/api/cron/maintain'),
      };
      const careless = Object.entries(replies).filter(
        ([, { headers }]) =>
          !String(headers['cache-control']).includes('no-store') ||
          headers['x-content-type-options'] !== 'nosniff',
      );
      expect(
        careless.map(([name, { headers }]) => [
          name,
          headers['cache-control'],
          headers['x-content-type-options'],
        ]),
      ).toEqual([]);
    });

    it('write down where a change came from: what the trusted proxy saw, not what its client claims', async () => {
      const headers = { ...ADMIN, ...JSON_BODY, 'x-forwarded-for': '6.6.6.6, 203.0.113.9' };
      const body = JSON.stringify({ name: `From afar over ${adapter}` });
      expect((await call('POST', '/api/admin/v1/tenants', headers, body)).status).toBe(200);
      const rows = await gateway().database.sql`
        select address from audit_log where after->>'name' = ${`From afar over ${adapter}`}`;
      expect(rows).toEqual([{ address: '203.0.113.9' }]);
    });

    it('answer every request of the gateway by its own adapter', async () => {
      const { apiKey } = await gateway().admin.newTenant();
      const { headers } = await get('/v1/models', jsonHeaders(apiKey));
      // Next marks what passes its router; the self-hosted server answers before that.
      expect(headers.vary !== undefined).toBe(adapter === 'next');
    });
  },
  { env: { METRICS_TOKEN, CRON_SECRET, TRUST_PROXY: '127.0.0.1' } },
);

const codeOf = (reply: WireReply): string =>
  z.object({ error: z.object({ code: z.string() }) }).parse(JSON.parse(reply.body.toString())).error
    .code;
