import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeTogether } from '@/server/stores/redis/write-together';

/** Answers every command with OK, and keeps what each system call of its client brought. */
let server: Server;
let brought: string[];
let client: Redis;
beforeEach(async () => {
  brought = [];
  server = createServer((socket) => {
    socket.setNoDelay(true).on('data', (bytes) => {
      const text = bytes.toString();
      brought.push(text);
      socket.write('+OK\r\n'.repeat(text.match(/^\*\d/gm)?.length ?? 0));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  client = new Redis({
    host: '127.0.0.1',
    port: typeof address === 'object' && address !== null ? address.port : 0,
    enableReadyCheck: false,
    lazyConnect: true,
  });
});
afterEach(() => {
  client.disconnect();
  server.close();
});

/** Sends commands from many turns of the promise queue within one turn of the event loop. */
async function sendTwenty(): Promise<void> {
  await client.connect();
  await client.set('first', '1');
  brought = [];
  const sends = Array.from({ length: 20 }, async (_, index) => {
    for (let turns = 0; turns < index; turns += 1) await null;
    return await client.set(`key-${index}`, '1');
  });
  expect(await Promise.all(sends)).toEqual(Array(20).fill('OK'));
}

test('commands of one turn of the event loop leave in one write, in their order', async () => {
  writeTogether(client);
  await sendTwenty();
  expect(brought).toHaveLength(1);
  const keys = brought.join('').match(/key-\d+/g);
  expect(keys).toEqual(Array.from({ length: 20 }, (_, index) => `key-${index}`));
});

test('after a reconnection too', async () => {
  writeTogether(client);
  await client.connect();
  const again = once(client, 'ready');
  client.stream.destroy();
  await again;
  brought = [];
  await Promise.all([client.set('a', '1'), client.set('b', '2')]);
  expect(brought).toHaveLength(1);
});
