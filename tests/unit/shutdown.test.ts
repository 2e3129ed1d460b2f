import { expect, it } from 'vitest';
import { Shutdown } from '@/server/gateway/shutdown';

it('a request ends with its client, and no other does', () => {
  const shutdown = new Shutdown();
  const [client, other] = [new AbortController(), new AbortController()];
  const request = shutdown.follow(client.signal);
  const neighbour = shutdown.follow(other.signal);
  client.abort(new Error('gone'));
  expect(request.signal.reason).toEqual(new Error('gone'));
  expect(neighbour.signal.aborted).toBe(false);
});

it('a shutdown ends every request that is open, and those that still come', () => {
  const shutdown = new Shutdown();
  const client = new AbortController();
  const open = shutdown.follow(client.signal);
  const over = shutdown.follow(client.signal);
  over.release();
  shutdown.begin();
  expect(shutdown.isBegun).toBe(true);
  expect(open.signal.aborted).toBe(true);
  expect(over.signal.aborted).toBe(false);
  expect(shutdown.follow(client.signal).signal.aborted).toBe(true);
});

it('a client that has left already is noticed', () => {
  expect(new Shutdown().follow(AbortSignal.abort()).signal.aborted).toBe(true);
});
