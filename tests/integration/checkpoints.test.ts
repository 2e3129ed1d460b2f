import { getEncoding } from 'js-tiktoken';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestTenant } from '../helpers/admin-client';
import { expectBooksRight, onlyChargeOf } from '../helpers/books';
import { bodyOf, readStream } from '../helpers/buy';
import { startGateway, type TestGateway } from '../helpers/gateway';

const encoding = getEncoding('o200k_base');
const tokensIn = (text: string): number => encoding.encode(text).length;

describe('the checkpoint of a stream', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.close());

  /** A stream whose every piece is asked for, as an adapter does. */
  async function openBody(tenant: TestTenant): Promise<AsyncIterable<Uint8Array>> {
    const script = { outputTokens: 700, perTokenMs: 0 };
    const headers: Record<string, string> = {
      authorization: `Bearer ${tenant.apiKey}`,
      'content-type': 'application/json',
    };
    const reply = await gateway.container.handle({
      method: 'POST',
      path: '/chat/completions',
      header: (name) => headers[name],
      readBody: async () => Buffer.from(bodyOf({ script }, true)),
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
    for await (const piece of await openBody(tenant)) {
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

  it('leaves books that the audit finds right', () => expectBooksRight(gateway));
});
