import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestTenant } from '../helpers/admin-client';
import { type BuiltProcess, startBuiltProcess } from '../helpers/built-process';
import { type Ask, completionOf, outcomeOf, plain, stream } from '../helpers/buy';
import { startGateway, type TestGateway } from '../helpers/gateway';
import {
  type CollectedSpan,
  type Collector,
  KIND,
  STATUS_ERROR,
  startCollector,
} from '../helpers/otlp-collector';
import { until } from '../helpers/until';

const SERVER = path.join(import.meta.dirname, '..', '..', 'dist', 'node-server.mjs');

let gateway: TestGateway;
let collector: Collector;
let traced: BuiltProcess & { readonly baseUrl: string };
let tenant: TestTenant;

beforeAll(async () => {
  [gateway, collector] = await Promise.all([startGateway(), startCollector()]);
  const built = await startBuiltProcess(gateway.database, {
    ...collector.env,
    OTEL_SERVICE_NAME: 'the-gateway',
  });
  traced = { ...built, baseUrl: `${built.origin}/v1` };
  tenant = await gateway.admin.newTenant();
});

afterAll(async () => {
  await traced?.close();
  await collector?.close();
  await gateway?.close();
});

/** A caller's span, as its headers name it. */
function caller(flags = '01') {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  return { traceId, spanId, headers: { traceparent: `00-${traceId}-${spanId}-${flags}` } };
}

const rootOf = (spans: readonly CollectedSpan[]): CollectedSpan => {
  const [root, ...more] = spans.filter(({ kind }) => kind === KIND.server);
  if (root === undefined || more.length > 0) throw new Error('not one request');
  return root;
};
const callOf = (spans: readonly CollectedSpan[]) => spans.find(({ kind }) => kind === KIND.client);
const stepsOf = (spans: readonly CollectedSpan[]): string[] =>
  [...spans]
    .filter(({ kind }) => kind === KIND.internal)
    .sort((a, b) => Number(BigInt(a.startTimeUnixNano) - BigInt(b.startTimeUnixNano)))
    .map(({ name }) => name);
const lastCall = () => gateway.simulator.stats().requests.at(-1)?.traceHeaders;

describe('a traced request', () => {
  it('leaves a span for each step of the money path, all of them its own', async () => {
    const { traceId, spanId, headers } = caller();
    const ask: Ask = { traceId: 'a-named-one', headers };
    const reply = await plain(traced, tenant, ask);
    const { usage } = completionOf(reply);
    const spans = await collector.trace(traceId);
    const root = rootOf(spans);
    expect(root).toMatchObject({ name: 'POST /v1/chat/completions', parentSpanId: spanId });
    expect(root.attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.route': '/v1/chat/completions',
      'http.response.status_code': 200,
      'tallygate.trace_id': 'a-named-one',
      'tallygate.tenant_id': tenant.id,
      'tallygate.outcome': 'answered',
      'tallygate.amount_nano': reply.headers.get('x-tallygate-cost'),
    });
    expect(stepsOf(spans)).toEqual([
      ...['authenticate', 'resolve_trace', 'quota_check', 'hold', 'pending_row'],
      ...['store_answer', 'deduct', 'commit'],
    ]);
    expect(callOf(spans)).toMatchObject({
      name: 'chat sim-fast',
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'sim-fast',
        'gen_ai.usage.input_tokens': usage.prompt_tokens,
        'gen_ai.usage.output_tokens': usage.completion_tokens,
        'tallygate.upstream': 'sim',
      },
    });
    const others = spans.filter((span) => span !== root);
    expect(others.every((span) => span.parentSpanId === root.spanId)).toBe(true);
    expect(new Set(spans.map(({ service }) => service))).toEqual(new Set(['the-gateway']));
  });

  it('hands its trace on to the upstream, under the span of the call', async () => {
    const { traceId, headers } = caller();
    const tracestate = 'vendor=some-state';
    await plain(traced, tenant, { headers: { ...headers, tracestate } });
    const call = callOf(await collector.trace(traceId));
    expect(lastCall()).toMatchObject({
      traceparent: `00-${traceId}-${call?.spanId}-01`,
      tracestate,
    });
  });

  it('of a long stream has its checkpoints, and the call lasts as long as the stream', async () => {
    const { traceId, headers } = caller();
    const script = { outputTokens: 600, perTokenMs: 1 };
    expect(outcomeOf(await stream(traced, tenant, { headers, script }))).toBe('200');
    const spans = await collector.trace(traceId);
    const steps = stepsOf(spans);
    for (const step of ['pending_row', 'raise_hold', 'checkpoint', 'deduct', 'commit']) {
      expect(steps).toContain(step);
    }
    const call = callOf(spans);
    const checkpoint = spans.find(({ name }) => name === 'checkpoint');
    expect(Number(call?.attributes['gen_ai.usage.output_tokens'])).toBeGreaterThan(500);
    expect(BigInt(call?.endTimeUnixNano ?? 0)).toBeGreaterThan(
      BigInt(checkpoint?.endTimeUnixNano ?? 0),
    );
  });

  it('says what it failed of, and nothing of what was said about it', async () => {
    const { traceId, headers } = caller();
    const script = { status: 500, errorBody: { error: { message: 'a detail of the upstream' } } };
    expect(outcomeOf(await plain(traced, tenant, { headers, script }))).toBe('502 upstream_error');
    const spans = await collector.trace(traceId);
    for (const [span, why] of [
      [rootOf(spans), 'upstream_error'],
      [callOf(spans), 'busy'],
    ] as const) {
      expect(span?.attributes['error.type']).toBe(why);
      expect(span?.status?.code).toBe(STATUS_ERROR);
    }
    expect(await collector.text()).not.toContain('a detail of the upstream');
  });

  it('of a caller who is refused ends where it was refused', async () => {
    const { traceId, headers } = caller();
    const reply = await plain(traced, { apiKey: 'tg-nobody' }, { headers });
    expect(reply.status).toBe(401);
    const spans = await collector.trace(traceId);
    expect(stepsOf(spans)).toEqual(['authenticate']);
    expect(rootOf(spans).attributes).toMatchObject({
      'error.type': 'invalid_api_key',
      'tallygate.outcome': 'refused',
    });
    // Whoever asked wrongly is no fault of the service.
    expect(rootOf(spans).status?.code).not.toBe(STATUS_ERROR);
  });

  it('is not recorded where its caller records nothing, and still handed on', async () => {
    const silent = caller('00');
    await plain(traced, tenant, { headers: silent.headers });
    expect(lastCall()?.traceparent).toMatch(new RegExp(`^00-${silent.traceId}-[0-9a-f]{16}-00$`));
    const heard = caller();
    await plain(traced, tenant, { headers: heard.headers });
    await collector.trace(heard.traceId);
    expect(await collector.text()).not.toContain(silent.traceId);
  });

  it('begins a trace of its own where its caller names none that could be one', async () => {
    const malformed = [
      'nonsense',
      `00-${'0'.repeat(32)}-${'1'.repeat(16)}-01`,
      `ff-${'1'.repeat(32)}-${'1'.repeat(16)}-01`,
      `00-${'A'.repeat(32)}-${'1'.repeat(16)}-01`,
    ];
    for (const traceparent of malformed) {
      expect(outcomeOf(await plain(traced, tenant, { headers: { traceparent } }))).toBe('200');
      const [, traceId = ''] = lastCall()?.traceparent?.split('-') ?? [];
      expect(traceId).not.toBe(traceparent.split('-')[1]);
      expect(rootOf(await collector.trace(traceId)).parentSpanId ?? '').toBe('');
    }
  });
});

describe('without a collector', () => {
  it('nothing is handed on, and nothing of OpenTelemetry is loaded', async () => {
    await plain(gateway, tenant, { headers: caller().headers });
    expect(lastCall()).not.toHaveProperty('traceparent');
    const staticImports = readFileSync(SERVER, 'utf8')
      .match(/^import .*$/gm)
      ?.join('\n');
    expect(staticImports).toContain('prom-client');
    expect(staticImports).not.toContain('opentelemetry');
  });

  it('that answers, requests are answered all the same, and the metrics tell of it', async () => {
    const alone = await startBuiltProcess(gateway.database, {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
    });
    try {
      const baseUrl = `${alone.origin}/v1`;
      for (let i = 0; i < 5; i += 1) {
        expect(outcomeOf(await plain({ baseUrl }, tenant))).toBe('200');
      }
      await until('the metrics to tell of it', async () => {
        const metrics = await (await fetch(`${alone.origin}/api/metrics`)).text();
        return metrics.includes('gateway_faults{what="trace_export"}');
      });
    } finally {
      await alone.close();
    }
  });
});
