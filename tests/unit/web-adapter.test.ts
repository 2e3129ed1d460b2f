import { describe, expect, it } from 'vitest';
import { addressBlocks } from '@/server/domain/addresses';
import type { CancelSignal } from '@/server/domain/cancellation';
import { isTallygateError } from '@/server/domain/errors';
import { handleWebRequest } from '@/server/gateway/adapters/web';
import type { GatewayReply, GatewayRequest } from '@/server/gateway/types';
import { until } from '../helpers/until';

const URL = 'http://127.0.0.1/v1/chat/completions';
const DONE: GatewayReply = { status: 200, headers: {}, body: Buffer.from('done') };

/** The request as the gateway gets it. */
async function handedOver(request: Request): Promise<GatewayRequest> {
  const seen: GatewayRequest[] = [];
  await handleWebRequest(async (handed) => {
    seen.push(handed);
    return DONE;
  }, request);
  const [first] = seen;
  if (first === undefined) throw new Error('The gateway was not asked.');
  return first;
}

describe('a request of Next’s, as the gateway gets it', () => {
  it('tells of a client that left before the gateway was asked', async () => {
    const client = new AbortController();
    const request = new Request(URL, { method: 'POST', body: '{}', signal: client.signal });
    client.abort();
    expect((await handedOver(request)).signal.aborted).toBe(true);
  });

  it.each([
    ['http://127.0.0.1/v1/models', '/models'],
    ['https://gateway.example:8443/api/v1/models/?next=http://a/b', '/models'],
    ['http://127.0.0.1', '/'],
  ])('names its path, whatever stands around it: %s', async (url, path) => {
    expect((await handedOver(new Request(url))).path).toBe(path);
  });

  it('tells of a client that leaves later', async () => {
    const client = new AbortController();
    const handed = await handedOver(new Request(URL, { signal: client.signal }));
    expect(handed.signal.aborted).toBe(false);
    client.abort();
    expect(handed.signal.aborted).toBe(true);
  });

  it('says that the client left when its body breaks off, which is no fault of ours', async () => {
    const body = new ReadableStream({
      pull: (controller) => controller.error(new TypeError('aborted')),
    });
    const init = { method: 'POST', body, duplex: 'half' } as const;
    const handed = await handedOver(new Request(URL, init));
    const error = await handed.readBody(100).catch((thrown: unknown) => thrown);
    expect(isTallygateError(error) && error.code).toBe('client_closed');
  });

  it('comes from the address that the nearest proxy wrote, not from the client’s claim', async () => {
    const headers = { 'x-forwarded-for': '10.0.0.1, 203.0.113.9' };
    expect((await handedOver(new Request(URL, { headers }))).remoteAddress).toBe('203.0.113.9');
    expect((await handedOver(new Request(URL))).remoteAddress).toBe('');
  });
});

describe('an address', () => {
  it.each(['', 'unknown', 'banana', '1.2.3', '203.0.113.9:80', '::ffff:x'])(
    'that is none (%j) is in no block',
    (address) => {
      expect(addressBlocks(['0.0.0.0/0', '::/0'])(address)).toBe(false);
    },
  );

  it.each([
    ['203.0.113.9', true],
    ['::ffff:203.0.113.9', true],
    ['203.0.114.1', false],
    ['2001:db8::1', true],
    ['2001:db8::2', false],
  ])('%s is judged by the blocks', (address, isAllowed) => {
    expect(addressBlocks(['203.0.113.0/24', '2001:db8::1'])(address)).toBe(isAllowed);
  });
});

it('a plain reply’s bytes arrive as they are, with its status and headers', async () => {
  const body = Buffer.from('{"é":"\u0000"}');
  const reply = async () => ({ status: 418, headers: { 'x-trace-id': 'one' }, body });
  const response = await handleWebRequest(reply, new Request(URL));
  expect(response.status).toBe(418);
  expect(response.headers.get('x-trace-id')).toBe('one');
  expect(Buffer.from(await response.arrayBuffer())).toEqual(body);
});

describe('a stream’s body', () => {
  /** Pieces without end; notes that it was returned, as the gateway's own settles then. */
  async function* endless(ended: { isSo: boolean }): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (;;) yield Buffer.from('data: {}\n\n');
    } finally {
      ended.isSo = true;
    }
  }

  it('is let go, and its charge ended, when its reader takes nothing for too long', async () => {
    const ended = { isSo: false };
    let signal: CancelSignal | null = null;
    const reply = await handleWebRequest(
      async (handed) => {
        signal = handed.signal;
        return { status: 200, headers: {}, body: endless(ended) };
      },
      new Request(URL),
      { readTimeoutMs: 50 },
    );
    const reader = reply.body?.getReader();
    expect((await reader?.read())?.done).toBe(false);
    await until('the body to be let go', () => ended.isSo, 2_000);
    expect(signal).toMatchObject({ aborted: true });
    await expect(reader?.read()).rejects.toThrow('reads nothing');
  });

  /** A reply with this body, and whether it is over. */
  async function replyWith(body: AsyncGenerator<Uint8Array, void, undefined>) {
    const seen = { isOver: false };
    const whenOver = (over: Promise<void>) => {
      void over.then(() => {
        seen.isOver = true;
      });
    };
    const handle = async () => ({ status: 200, headers: {}, body });
    const reply = await handleWebRequest(handle, new Request(URL), { whenOver });
    return { reply, seen };
  }

  it('is over when it has been read to its end', async () => {
    const { reply, seen } = await replyWith(
      (async function* () {
        yield Buffer.from('data: [DONE]\n\n');
      })(),
    );
    expect(seen.isOver).toBe(false);
    await reply.text();
    await until('it to be over', () => seen.isOver, 1_000);
  });

  it('is over, once it has settled, when its client leaves', async () => {
    const settled = { isSo: false };
    const { reply, seen } = await replyWith(
      (async function* () {
        try {
          for (;;) yield Buffer.from('data: {}\n\n');
        } finally {
          await new Promise((resolve) => setTimeout(resolve, 50));
          settled.isSo = true;
        }
      })(),
    );
    const reader = reply.body?.getReader();
    await reader?.read();
    const left = reader?.cancel('client left');
    expect(seen.isOver).toBe(false);
    await left;
    await until('it to be over', () => seen.isOver, 1_000);
    expect(settled.isSo).toBe(true);
  });
});
