import { type ClientRequest, createServer, request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { isTallygateError } from '@/server/domain/errors';
import { handleNodeRequest } from '@/server/gateway/adapters/node';
import type { GatewayReply, GatewayRequest } from '@/server/gateway/types';
import { until } from '../helpers/until';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** Posts a body to the adapter and leaves at once; resolves when the adapter has done with it. */
function leaveWhileHandled(
  handle: (request: GatewayRequest) => Promise<GatewayReply>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer((req, res) => {
      client?.destroy();
      handleNodeRequest(handle, req, res, '127.0.0.1').then(resolve, reject);
    });
    let client: ClientRequest | null = null;
    cleanups.push(() => server.close());
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (typeof address !== 'object' || address === null) return reject(new Error('no address'));
      client = request({ port: address.port, host: '127.0.0.1', method: 'POST' });
      client.on('error', () => undefined);
      client.end('{"model":"sim-fast"}');
    });
  });
}

it('a body is not waited for once its client has left', async () => {
  const reply = { status: 499, headers: {}, body: Buffer.from('') };
  let code = '';
  await leaveWhileHandled(async (asked) => {
    await until('the client to be seen leaving', () => asked.signal.aborted);
    await asked.readBody(1_000).catch((error: unknown) => {
      code = isTallygateError(error) ? error.code : String(error);
    });
    return reply;
  });
  expect(code).toBe('client_closed');
});

it.each([1, 256, 16 * 1024, 64 * 1024])(
  'a reply of %i bytes of any value arrives as it is',
  async (bytes) => {
    const body = Uint8Array.from({ length: bytes }, (_, at) => at % 256);
    const server = createServer((req, res) => {
      void handleNodeRequest(
        async (asked) => {
          await asked.readBody(1_000);
          return { status: 200, headers: { 'x-trace-id': 't' }, body };
        },
        req,
        res,
        '127.0.0.1',
      );
    });
    cleanups.push(() => server.close());
    const port = await new Promise<number>((resolve, reject) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        if (typeof address === 'object' && address !== null) resolve(address.port);
        else reject(new Error('no address'));
      });
    });
    const reply = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: 'asked' });
    expect(reply.headers.get('content-length')).toBe(String(bytes));
    expect(new Uint8Array(await reply.arrayBuffer())).toEqual(body);
  },
);

/** What a client reads from the socket, read by read, of a stream with this body. */
async function readsOf(
  body: () => AsyncGenerator<Uint8Array, void, undefined>,
  onRead: (reads: readonly string[]) => void = () => undefined,
): Promise<string[]> {
  const reads: string[] = [];
  const server = createServer((req, res) => {
    void handleNodeRequest(
      async () => ({ status: 200, headers: {}, body: body() }),
      req,
      res,
      '127.0.0.1',
    );
  });
  cleanups.push(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  await new Promise<void>((resolve, reject) => {
    const socket = connect(address.port, '127.0.0.1');
    socket.on('data', (piece: Buffer) => {
      reads.push(piece.toString());
      onRead(reads);
    });
    socket.once('error', reject).once('close', () => resolve());
    socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  });
  return reads;
}

it("a stream's head leaves with its first piece where that is there", async () => {
  const [first] = await readsOf(async function* () {
    yield Buffer.from('data: a\n\n');
  });
  expect(first).toContain('200 OK');
  expect(first).toContain('data: a');
});

it("a stream's head does not wait for a first piece that lets wait", async () => {
  let seen: () => void = () => undefined;
  const isHeadSeen = new Promise<void>((resolve) => {
    seen = resolve;
  });
  const reads = await readsOf(
    async function* () {
      await isHeadSeen;
      yield Buffer.from('data: a\n\n');
    },
    () => seen(),
  );
  expect(reads[0]).toContain('200 OK');
  expect(reads[0]).not.toContain('data: a');
  expect(reads.join('')).toContain('data: a');
});
