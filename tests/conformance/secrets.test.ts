import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Script } from '../../tools/simulator/script';
import type { TestTenant } from '../helpers/admin-client';
import { ADAPTERS, type BuiltGateway, startBuilt } from '../helpers/built-gateway';
import { Canaries } from '../helpers/canaries';
import { chatBody, jsonHeaders } from '../helpers/chat';
import { TEST_SECRETS } from '../helpers/gateway';
import { type Collector, startCollector } from '../helpers/otlp-collector';
import { signIn } from '../helpers/portal-session';
import { sharedRedisUrl } from '../helpers/redis';
import { startTcpProxy, type TcpProxy } from '../helpers/tcp-proxy';
import { until } from '../helpers/until';
import { send, type WireReply, type WireRequest } from '../helpers/wire';

const ADMIN = {
  authorization: `Bearer ${TEST_SECRETS.ADMIN_TOKEN}`,
  'content-type': 'application/json',
};

describe.each(ADAPTERS)('secrets (%s)', (adapter) => {
  const canaries = new Canaries();
  canaries.add('admin token', TEST_SECRETS.ADMIN_TOKEN);
  const prompt = canaries.plant('prompt');
  const completion = canaries.plant('completion');
  const upstreamKey = canaries.plant('upstream key', 'sk-');
  const databasePassword = canaries.plant('database password');
  const portalPassword = canaries.plant('portal password');
  const cookie = canaries.plant('cookie');
  const env = {
    ENCRYPTION_KEY: canaries.plant('encryption key'),
    NEXTAUTH_SECRET: canaries.plant('session secret'),
    CRON_SECRET: canaries.plant('cron secret'),
    METRICS_TOKEN: canaries.plant('metrics token'),
    LOG_LEVEL: 'trace',
  };
  let gateway: BuiltGateway;
  let collector: Collector;
  let postgres: TcpProxy;
  let redis: TcpProxy;
  let tenant: TestTenant;

  beforeAll(async () => {
    const redisUrl = new URL(sharedRedisUrl());
    canaries.add('redis password', redisUrl.password);
    redis = await startTcpProxy(Number(redisUrl.port));
    redisUrl.port = String(redis.port);
    collector = await startCollector();
    gateway = await startBuilt(adapter, {
      env: { ...env, ...collector.env },
      redisUrl: redisUrl.href,
      async databaseUrl({ url, sql }) {
        const role = `role_${databasePassword}`;
        await sql.unsafe(`create role ${role} login superuser password '${databasePassword}'`);
        const through = new URL(url);
        postgres = await startTcpProxy(Number(through.port));
        Object.assign(through, {
          username: role,
          password: databasePassword,
          port: String(postgres.port),
        });
        return through.href;
      },
    });
    const { admin, simulator } = gateway;
    canaries.add('upstream host', `127.0.0.1:${simulator.port}`);
    await admin.call('PUT', 'upstreams/sim', {
      baseUrl: simulator.url,
      apiKey: upstreamKey,
      models: { 'sim-fast': 'sim-fast' },
    });
    const nowhere = canaries.add('unknown host', 'nowhere-4711.invalid');
    await admin.call('PUT', 'upstreams/nowhere', {
      baseUrl: `http://${nowhere}/v1`,
      apiKey: upstreamKey,
      models: { nowhere: 'nowhere' },
    });
    await admin.call('PUT', 'models/nowhere', { inputPrice: '1', outputPrice: '1' });
    tenant = await admin.newTenant();
    canaries.add('API key', tenant.apiKey);
  });
  afterAll(async () => {
    await gateway?.close();
    await Promise.all([postgres?.close(), redis?.close(), collector?.close()]);
  });

  /** All that a client is told, headers included. */
  const textOf = ({ headers, body }: WireReply): string => `${JSON.stringify(headers)}\n${body}`;
  const tell = async (asked: WireRequest, ...allowed: string[]): Promise<WireReply> => {
    const reply = await send(gateway.origin, asked);
    const own = reply.status === 200 ? ['completion', ...allowed] : allowed;
    expect(canaries.foundIn(textOf(reply), ...own)).toEqual([]);
    return reply;
  };
  const chat = (sim: Script | null, fields = {}, headers = {}) =>
    tell({
      method: 'POST',
      path: '/v1/chat/completions',
      headers: {
        ...jsonHeaders(tenant.apiKey),
        cookie: `session=${cookie}`,
        tracestate: `x=${cookie}`,
        ...headers,
      },
      body: chatBody(
        { user: prompt, metadata: { prompt }, ...fields },
        sim === null ? null : { text: completion, ...sim },
      ),
    });

  const echo = () => ({
    error: {
      message: `Bad key ${upstreamKey} at http://127.0.0.1:${gateway.simulator.port}/v1 (127.0.0.1)`,
      type: 'x',
      code: 'y',
    },
  });
  const faults: readonly [string, () => Script][] = [
    ['success', () => ({})],
    ...[400, 401, 403, 404, 408, 422, 429, 500, 503].map((status): [string, () => Script] => [
      `status ${status}`,
      () => ({ status, errorBody: echo(), headers: { 'x-leak': upstreamKey } }),
    ]),
    ['a page for an error', () => ({ status: 502, errorBody: `<html>${upstreamKey}</html>` })],
    ['a redirect', () => ({ redirect: `http://127.0.0.1:${gateway.simulator.port}/elsewhere` })],
    ['no reply', () => ({ closeBeforeHeaders: true })],
    ['no body', () => ({ dropAfterHeaders: true })],
    ['a broken answer', () => ({ dieAfterTokens: 2 })],
    ['an error midway', () => ({ errorAfterTokens: 2, errorBody: echo() })],
    ['rubbish', () => ({ rubbishAfterTokens: 2, rubbish: 'all' })],
    ['absurd usage', () => ({ usageRaw: '{"prompt_tokens":-1,"completion_tokens":1e400}' })],
    ['no end', () => ({ noDone: true })],
    ['another content type', () => ({ contentType: 'text/html' })],
  ];
  it.each(faults)('stay inside when the upstream gives %s', async (_, script) => {
    for (const stream of [false, true]) await chat(script(), { stream });
  });

  it('stay inside when there is no such upstream', async () => {
    expect((await chat(null, { model: 'nowhere' })).status).toBe(503);
  });

  it('stay inside when a request is refused', async () => {
    const path = '/v1/chat/completions';
    const headers = jsonHeaders(tenant.apiKey);
    const strayKey = canaries.plant('stray key', 'tg-');
    const wrongField = chatBody({ temperature: prompt });
    const odd = [
      wrongField,
      chatBody().slice(0, -3) + prompt,
      chatBody({ messages: [{ role: 'user', content: { text: prompt } }] }),
      chatBody({ tools: prompt }),
      chatBody({ n: prompt }),
    ];
    for (const body of odd) await tell({ method: 'POST', path, headers, body });
    for (const authorization of [strayKey, `Bearer ${strayKey}`, `Basic ${strayKey}`]) {
      await tell({
        method: 'POST',
        path,
        headers: { ...headers, authorization },
        body: wrongField,
      });
      await tell({ path: '/api/admin/v1/audit', headers: { authorization } });
      await tell({ path: '/api/metrics', headers: { authorization } });
    }
    await tell({ path: `/v1/models?api_key=${strayKey}`, headers });
    await tell({ path, method: 'DELETE', headers });
    await tell({
      path,
      method: 'POST',
      headers: { ...headers, 'x-trace-id': `${prompt} x` },
      body: '{',
    });
  });

  it('stay inside the operator’s and the portal’s answers', async () => {
    // Who sets the hosts may read them again; the keys nobody may.
    const hosts = ['upstream host', 'unknown host'];
    await tell({ path: '/api/admin/v1/upstreams', headers: ADMIN }, ...hosts);
    for (const baseUrl of ['nonsense', `http://user:${upstreamKey}@host/v1`]) {
      const body = JSON.stringify({ baseUrl, apiKey: upstreamKey, models: {} });
      await tell({ method: 'PUT', path: '/api/admin/v1/upstreams/x', headers: ADMIN, body });
    }
    await signIn(gateway.origin, 'nobody@example.test', portalPassword);
    for (const path of ['/', '/keys', '/api/auth/session', '/api/trpc/portal.overview']) {
      await tell({ path, headers: { cookie: `next-auth.session-token=${cookie}` } });
    }
  });

  it('stay inside when a store is away', async () => {
    const everywhere = async () => {
      for (const stream of [false, true]) {
        await chat({}, { stream });
        await chat({}, { stream }, { 'x-trace-id': `away-${stream}` });
      }
      await tell({ path: `/api/admin/v1/tenants/${tenant.id}`, headers: ADMIN });
      const body = JSON.stringify({ baseUrl: 'http://x/v1', apiKey: upstreamKey, models: {} });
      await tell({ method: 'PUT', path: '/api/admin/v1/upstreams/y', headers: ADMIN, body });
      await tell({ path: '/api/trpc/portal.overview', headers: ADMIN });
      await tell({ path: '/api/health/ready' });
      await tell({ path: '/', headers: { cookie: `next-auth.session-token=${cookie}` } });
      await signIn(gateway.origin, 'nobody@example.test', portalPassword);
    };
    redis.cut();
    await everywhere();
    postgres.cut();
    await everywhere();
    redis.mend();
    postgres.mend();
    await until('both stores to be back', async () => (await chat({})).status === 200, 20_000);
  });

  it('stay out of what is kept on disk when Postgres goes away under an open request', async () => {
    const before = gateway.simulator.stats().openRequests;
    const asked = [false, true].map((stream) =>
      chat({ ttftMs: 500 }, { stream }, stream ? { 'x-trace-id': 'cut-under-it' } : {}),
    );
    const areOpen = () => gateway.simulator.stats().openRequests === before + 2;
    await until('both to be with the upstream', areOpen);
    postgres.cut();
    const replies = await Promise.all(asked);
    expect(replies.map((reply) => reply.status)).toEqual([200, 200]);
    const kept = filesIn(gateway.dataDir).join('\n');
    expect(kept).toContain(tenant.id);
    expect(canaries.foundIn(kept)).toEqual([]);
    postgres.mend();
    await until('the books to be right', async () => (await gateway.admin.audit()).ok, 20_000);
  });

  it('stay out of the metrics', async () => {
    const headers = { authorization: `Bearer ${env.METRICS_TOKEN}` };
    const reply = await tell({ path: '/api/metrics', headers });
    const text = reply.body.toString();
    expect(text).toContain('billing_deduct_success');
    // Faults of every kind have been met by now, so that no label is left out.
    for (const label of ['what="', 'code="upstream_error"', 'outcome="unreached"']) {
      expect(text).toContain(label);
    }
  });

  // Last: it looks at all that was written while the others ran, and while the process ended.
  it('stay out of all that the process writes, to its last line', async () => {
    await gateway.stop();
    const output = gateway.output();
    expect(output).toContain('"msg":"request"');
    expect(output).toContain(tenant.id);
    expect(canaries.foundIn(output)).toEqual([]);
    expect(output).not.toMatch(/postgres(?:ql)?:\/\/|rediss?:\/\//);
  });

  it('stay out of every trace', async () => {
    const text = await collector.text();
    for (const name of ['authenticate', 'commit', 'chat sim-fast', 'upstream_error', tenant.id]) {
      expect(text).toContain(name);
    }
    expect(canaries.foundIn(text)).toEqual([]);
  });
});

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'utf8'));
