import { once } from 'node:events';
import { createServer, Socket } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { startTcpProxy } from '../helpers/tcp-proxy';

const closers: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A server that remembers what it got and says the same back, and a client behind a proxy. */
async function line() {
  let got = '';
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      got += String(bytes);
      socket.write(bytes);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  const proxy = await startTcpProxy(address.port);
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  closers.push(() => proxy.close());
  const client = new Socket().setNoDelay(true).connect(proxy.port, '127.0.0.1');
  client.on('error', () => undefined);
  await once(client, 'connect');
  let heard = '';
  client.on('data', (bytes) => {
    heard += String(bytes);
  });
  closers.push(() => client.destroy());
  return { proxy, client, got: () => got, heard: () => heard };
}

describe('a stretch of network that fails', () => {
  test('delays bytes, and never changes their order, also when the delay ends', async () => {
    const { proxy, client, got, heard } = await line();
    const sent = Array.from({ length: 60 }, (_, index) => `${index};`);
    for (const [index, piece] of sent.entries()) {
      if (index === 5) proxy.delay(50);
      if (index === 40) proxy.mend();
      client.write(piece);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await vi.waitFor(() => expect(heard()).toBe(sent.join('')), 10_000);
    expect(got()).toBe(sent.join(''));
  });

  test('loses requests and lets replies through; the line is broken off when it is mended', async () => {
    const { proxy, client, got } = await line();
    client.write('before');
    await vi.waitFor(() => expect(got()).toBe('before'), 10_000);
    proxy.loseRequests();
    client.write('lost');
    const closed = once(client, 'close');
    await new Promise((resolve) => setTimeout(resolve, 20));
    proxy.mend();
    await closed;
    expect(got()).toBe('before');
  });
});
