import { getEncoding } from 'js-tiktoken';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestTenant } from '../helpers/admin-client';
import { expectBooksRight, onlyChargeOf } from '../helpers/books';
import { type Ask, bodyOf, readStream } from '../helpers/buy';
import { startGateway, type TestGateway } from '../helpers/gateway';
import { startRawUpstream } from '../helpers/raw-upstream';

const LONG: Ask = { script: { outputTokens: 700, perTokenMs: 0 } };
const encoding = getEncoding('o200k_base');
const tokensIn = (text: string): number => encoding.encode(text).length;

describe('the checkpoint of a stream', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.close());

  /** A stream whose every piece is asked for, as an adapter does. */
  async function openBody(tenant: TestTenant, ask: Ask): Promise<AsyncIterable<Uint8Array>> {
    const headers: Record<string, string> = {
      authorization: `Bearer ${tenant.apiKey}`,
      'content-type': 'application/json',
    };
    const reply = await gateway.container.handle({
      method: 'POST',
      path: '/chat/completions',
      header: (name) => headers[name],
      readBody: async () => Buffer.from(bodyOf(ask, true)),
      remoteAddress: '127.0.0.1',
      signal: new AbortController().signal,
    });
    if (reply.body instanceof Uint8Array) throw new Error(Buffer.from(reply.body).toString());
    return reply.body;
  }

  it('says what has left, never what is about to leave', async () => {
    const tenant = await gateway.admin.newTenant();
    let text = '';
    const said = new Set<number>();
    for await (const piece of await openBody(tenant, LONG)) {
      const leftTokens = tokensIn(readStream(Buffer.from(text)).text);
      const charge = await onlyChargeOf(gateway, tenant);
      if (charge.status === 'PENDING') {
        expect(charge.output_tokens).toBeLessThanOrEqual(leftTokens);
        said.add(charge.output_tokens);
      }
      text += Buffer.from(piece).toString();
    }
    // Nothing yet, and the ends of two slabs at least.
    expect(said.size).toBeGreaterThanOrEqual(3);
    expect(await onlyChargeOf(gateway, tenant)).toMatchObject({
      status: 'COMMITTED',
      output_tokens: 700,
    });
  });

  it('comes between two large events that came at once, where both are more than a slab', async () => {
    const content = ' word'.repeat(200);
    const event = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`;
    const upstream = await startRawUpstream((_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.end(`${event}${event}data: [DONE]\n\n`);
    });
    const { admin } = gateway;
    await admin.call('PUT', 'upstreams/sim', {
      baseUrl: gateway.simulator.url,
      models: { '*': '*' },
      priority: 1,
    });
    await admin.call('PUT', 'upstreams/raw', {
      baseUrl: upstream.url,
      models: { large: 'large' },
      priority: 0,
    });
    await admin.call('PUT', 'models/large', { inputPrice: '150', outputPrice: '600' });
    const tenant = await admin.newTenant();
    const seen: [string, number][] = [];
    for await (const piece of await openBody(tenant, { model: 'large' })) {
      const { status, output_tokens: tokens } = await onlyChargeOf(gateway, tenant);
      seen.push([Buffer.from(piece).toString(), status === 'PENDING' ? tokens : -1]);
    }
    await upstream.close();
    expect(seen.slice(0, 2)).toEqual([
      [event, 0],
      [event, 200],
    ]);
  });

  it('leaves books that the audit finds right', () => expectBooksRight(gateway));
});
