import { type ClientRequest, createServer, request } from 'node:http';
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
      handleNodeRequest(handle, req, res).then(resolve, reject);
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
