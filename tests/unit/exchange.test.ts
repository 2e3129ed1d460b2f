import { describe, expect, test } from 'vitest';
import { addressBlocks } from '@/server/domain/addresses';
import { isTallygateError } from '@/server/domain/errors';
import {
  echoTrace,
  hashBody,
  identityHeaders,
  nameTrace,
  openExchange,
} from '@/server/gateway/exchange';
import type { GatewayRequest } from '@/server/gateway/types';

const requestWith = (headers: Readonly<Record<string, string>>): GatewayRequest => ({
  method: 'POST',
  path: '/chat/completions',
  header: (name) => headers[name],
  readBody: async () => new Uint8Array(),
  remoteAddress: '127.0.0.1',
  signal: new AbortController().signal,
});

describe('the trace id of a request', () => {
  test('is a new UUIDv7 where the client names none', () => {
    const exchange = openExchange();
    nameTrace(exchange, requestWith({}));
    expect(exchange.traceNamed).toBe(false);
    expect(exchange.traceId).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(openExchange().traceId).not.toBe(exchange.traceId);
  });

  test.each(['x-trace-id', 'idempotency-key'])('is taken from %s', (header) => {
    const exchange = openExchange();
    nameTrace(exchange, requestWith({ [header]: 'order:4711._-Z' }));
    expect(exchange).toMatchObject({ traceId: 'order:4711._-Z', traceNamed: true });
    expect(identityHeaders(exchange)['x-trace-id']).toBe('order:4711._-Z');
  });

  test('is X-Trace-ID where both are sent', () => {
    const exchange = openExchange();
    nameTrace(exchange, requestWith({ 'x-trace-id': 'one', 'idempotency-key': 'two' }));
    expect(exchange.traceId).toBe('one');
  });

  test.each(['', ' ', 'a b', 'a/b', 'é', 'a\n', 'x'.repeat(129), '{a}', 'a,b'])(
    '%j is malformed: 400, and the reply still has an id of ours',
    (value) => {
      const exchange = openExchange();
      const name = () => nameTrace(exchange, requestWith({ 'x-trace-id': value }));
      expect(name).toThrow(
        expect.objectContaining({ code: 'invalid_trace_id', param: 'X-Trace-ID', status: 400 }),
      );
      expect(exchange.traceNamed).toBe(false);
      expect(identityHeaders(exchange)['x-trace-id']).toHaveLength(36);
    },
  );

  test.each([
    ['order-4711', 'order-4711'],
    ['a b', expect.stringMatching(/^[0-9a-f-]{36}$/)],
  ])('%j is on every reply if it is one, and is not taken over by that', (value, said) => {
    const exchange = openExchange();
    echoTrace(exchange, requestWith({ 'x-trace-id': value }));
    expect(identityHeaders(exchange)['x-trace-id']).toEqual(said);
    expect(exchange.traceNamed).toBe(false);
  });

  test('of the longest length is taken', () => {
    const exchange = openExchange();
    nameTrace(exchange, requestWith({ 'idempotency-key': 'x'.repeat(128) }));
    expect(exchange.traceNamed).toBe(true);
  });

  test('that is malformed is blamed on the header that was sent', () => {
    try {
      nameTrace(openExchange(), requestWith({ 'idempotency-key': 'a b' }));
      expect.unreachable();
    } catch (error) {
      expect(isTallygateError(error) && error.param).toBe('Idempotency-Key');
    }
  });
});

describe('the same body', () => {
  const hash = (path: string, body: string) => hashBody(path, Buffer.from(body));

  test('means the same path and the same bytes', () => {
    expect(hash('/a', '{}')).toBe(hash('/a', '{}'));
    expect(hash('/a', '{}')).toMatch(/^[0-9a-f]{64}$/);
    const others = [
      hash('/b', '{}'),
      hash('/a', '{} '),
      hash('/a{', '}'),
      hash('/a', ''),
      hash('/a\0', '{}'),
    ];
    expect(new Set([hash('/a', '{}'), ...others]).size).toBe(6);
  });
});

describe('an address that a key is bound to', () => {
  test.each([
    [['203.0.113.7'], '203.0.113.7', true],
    [['203.0.113.7'], '203.0.113.8', false],
    [['203.0.113.0/24'], '203.0.113.255', true],
    [['203.0.113.0/24'], '203.0.114.0', false],
    [['203.0.113.0/24'], '::ffff:203.0.113.9', true],
    [['2001:db8::/32'], '2001:db8:1::1', true],
    [['2001:db8::/32'], '2001:db9::1', false],
    [['10.0.0.0/8', '2001:db8::1'], '2001:db8::1', true],
    [['0.0.0.0/0'], '198.51.100.1', true],
    [['0.0.0.0/0'], '2001:db8::1', false],
    [[], '127.0.0.1', false],
    [['203.0.113.7'], '', false],
    [['203.0.113.7'], 'unknown', false],
  ])('%j lets %s in: %s', (blocks, address, isAllowed) => {
    expect(addressBlocks(blocks)(address)).toBe(isAllowed);
  });
});
