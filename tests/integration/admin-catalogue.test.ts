import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelList } from '@/server/services/models/list';
import { modelView } from '@/server/services/models/view';
import { upstreamList } from '@/server/services/upstreams/list';
import { upstreamView } from '@/server/services/upstreams/view';
import { type AdminHarness, faultOf, secretBox, startAdmin } from '../helpers/admin-harness';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.close());

const PRICES = { inputPrice: '150', outputPrice: '600' };

describe('PUT, GET and DELETE models', () => {
  it('adds a model with exact decimal prices, and replaces it as a whole', async () => {
    const before = admin.told.catalogue;
    const reply = await admin.rest('PUT', 'models/sim-fast', {
      inputPrice: '0.075',
      outputPrice: '999999999999999.999999999',
      cachedInputPrice: '0.0375',
      contextWindow: 128_000,
      maxOutputTokens: 16_384,
      tokenizer: 'cl100k_base',
      usageSource: 'upstream',
    });
    expect(reply.status).toBe(200);
    expect(modelView.parse(reply.body)).toMatchObject({
      id: 'sim-fast',
      inputPrice: '0.075',
      outputPrice: '999999999999999.999999999',
      cachedInputPrice: '0.0375',
      contextWindow: 128_000,
      tokenizer: 'cl100k_base',
      usageSource: 'upstream',
    });
    expect(admin.told.catalogue).toBe(before + 1);
    const replaced = modelView.parse((await admin.rest('PUT', 'models/sim-fast', PRICES)).body);
    expect(replaced).toMatchObject({
      inputPrice: '150',
      cachedInputPrice: null,
      contextWindow: null,
      tokenizer: null,
      usageSource: 'counted',
    });
  });

  it.each([
    ['models/openai/gpt-4o', 'openai/gpt-4o'],
    ['models/openai%2Fgpt-5', 'openai/gpt-5'],
    ['models/llama3.1:8b', 'llama3.1:8b'],
    ['models/a%20b', 'a b'],
    ['models/caf%C3%A9', 'café'],
  ])('reads the id from the path %s', async (path, id) => {
    const made = modelView.parse((await admin.rest('PUT', path, PRICES)).body);
    expect(made.id).toBe(id);
    const { items } = modelList.parse((await admin.rest('GET', 'models')).body);
    expect(items.map((item) => item.id)).toContain(id);
    const deleted = await admin.rest('DELETE', path);
    expect([deleted.status, deleted.body]).toEqual([204, null]);
    expect(faultOf(await admin.rest('DELETE', path))).toMatchObject({ status: 404 });
  });

  it.each(['NaN', '1e3', '0x10', '-1', '1.0000000001', '1000000000000000', '1,5', '.5', '', 150])(
    'refuses %j as any price',
    async (bad) => {
      for (const param of ['inputPrice', 'outputPrice', 'cachedInputPrice']) {
        const reply = await admin.rest('PUT', 'models/bad', { ...PRICES, [param]: bad });
        expect(faultOf(reply)).toEqual({ status: 400, code: 'invalid_field', param });
      }
    },
  );

  it.each([
    ['inputPrice', { outputPrice: '1' }],
    ['contextWindow', { ...PRICES, contextWindow: 0 }],
    ['maxOutputTokens', { ...PRICES, maxOutputTokens: 1.5 }],
    ['tokenizer', { ...PRICES, tokenizer: 'gpt2' }],
    ['usageSource', { ...PRICES, usageSource: 'guessed' }],
    ['modelId', { ...PRICES, modelId: 'other' }],
    ['id', { ...PRICES, id: 'other' }],
  ])('names %s as the fault of %j', async (param, body) => {
    expect(faultOf(await admin.rest('PUT', 'models/bad', body))).toMatchObject({
      status: 400,
      param,
    });
  });
});

describe('PUT, GET and DELETE upstreams', () => {
  const upstream = {
    baseUrl: 'http://10.0.0.5:8080/v1/',
    apiKey: 'sk-secret',
    models: { 'gpt-4o': 'gpt-4o-2024', 'sim/fast': 'fast' },
  };
  const sealedOf = async (name: string) => {
    const [row] = await admin.sql`
      select api_key_encrypted as sealed from upstream where name = ${name}`;
    return row?.sealed === null ? null : secretBox.open(row?.sealed);
  };

  it('seals the secret and never gives it back', async () => {
    const before = admin.told.catalogue;
    const reply = await admin.rest('PUT', 'upstreams/acme', upstream);
    expect(reply.status).toBe(200);
    expect(upstreamView.strict().parse(reply.body)).toMatchObject({
      name: 'acme',
      baseUrl: 'http://10.0.0.5:8080/v1',
      hasApiKey: true,
      models: upstream.models,
      weight: 1,
      priority: 0,
      timeoutMs: 600_000,
      builtIn: false,
    });
    expect(admin.told.catalogue).toBe(before + 1);
    expect(await sealedOf('acme')).toBe('sk-secret');
    const listed = await admin.rest('GET', 'upstreams');
    expect(upstreamList.parse(listed.body).items.map((item) => item.name)).toContain('acme');
    const [row] = await admin.sql`select api_key_encrypted from upstream where name = 'acme'`;
    const log = await admin.sql`select * from audit_log where target = 'acme'`;
    const seen = JSON.stringify([reply.body, listed.body, log]);
    expect(seen).not.toContain('sk-secret');
    expect(Buffer.from(row?.api_key_encrypted).toString('latin1')).not.toContain('sk-secret');
  });

  it('keeps the secret when a later PUT has none, replaces it, and drops it for null', async () => {
    const { apiKey: _, ...without } = upstream;
    await admin.rest('PUT', 'upstreams/keep', upstream);
    await admin.rest('PUT', 'upstreams/keep', { ...without, weight: 5, priority: 2 });
    expect(await sealedOf('keep')).toBe('sk-secret');
    await admin.rest('PUT', 'upstreams/keep', { ...upstream, apiKey: 'sk-new' });
    expect(await sealedOf('keep')).toBe('sk-new');
    const dropped = await admin.rest('PUT', 'upstreams/keep', { ...upstream, apiKey: null });
    expect(upstreamView.parse(dropped.body).hasApiKey).toBe(false);
    const fresh = await admin.rest('PUT', 'upstreams/fresh', without);
    expect(upstreamView.parse(fresh.body).hasApiKey).toBe(false);
  });

  it('replaces the model map as a whole, takes * and names with slashes', async () => {
    await admin.rest('PUT', 'upstreams/eu/one.v1:a', upstream);
    const reply = await admin.rest('PUT', 'upstreams/eu%2Fone.v1:a', {
      ...upstream,
      models: { '*': '*', special: 'other-name' },
    });
    expect(upstreamView.parse(reply.body)).toMatchObject({
      name: 'eu/one.v1:a',
      models: { '*': '*', special: 'other-name' },
    });
    expect((await admin.rest('DELETE', 'upstreams/eu/one.v1:a')).status).toBe(204);
    const left = await admin.sql`
      select 1 from upstream_model where upstream_name = 'eu/one.v1:a'`;
    expect(left).toHaveLength(0);
    expect(faultOf(await admin.rest('DELETE', 'upstreams/eu/one.v1:a'))).toMatchObject({
      status: 404,
      code: 'not_found',
    });
  });

  it.each([
    ['baseUrl', { baseUrl: 'ftp://host/v1' }],
    ['baseUrl', { baseUrl: 'file:///etc/passwd' }],
    ['baseUrl', { baseUrl: 'http://user:secret@host/v1' }],
    ['baseUrl', { baseUrl: 'https://host/v1?key=1' }],
    ['baseUrl', { baseUrl: 'https://host/v1#x' }],
    ['baseUrl', { baseUrl: 'host/v1' }],
    ['baseUrl', { baseUrl: undefined }],
    ['apiKey', { apiKey: 'sk\r\nx-injected: 1' }],
    ['apiKey', { apiKey: '' }],
    ['models', { models: undefined }],
    ['models', { models: ['gpt-4o'] }],
    ['models.gpt-4o', { models: { 'gpt-4o': 5 } }],
    ['models.*', { models: { '*': 'one-model' } }],
    ['weight', { weight: 0 }],
    ['priority', { priority: -1 }],
    ['timeoutMs', { timeoutMs: 1e9 }],
    ['builtIn', { builtIn: true }],
  ])('names %s as the fault of %j', async (param, fields) => {
    const reply = await admin.rest('PUT', 'upstreams/bad', { ...upstream, ...fields });
    expect(faultOf(reply)).toEqual({ status: 400, code: 'invalid_field', param });
  });
});
