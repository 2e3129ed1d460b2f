import { describe, expect, it } from 'vitest';
import { createOriginReader, isTrustProxy } from '@/server/security/request-origin';

const CLIENT = '203.0.113.7';
const PEER = '198.51.100.1';

/** What is believed of a request from `peer`. */
const origin = (trustProxy: string | undefined, peer: string, told: string, proto?: string) =>
  createOriginReader(trustProxy)({ peer, forwardedFor: told, forwardedProto: proto });

describe('without a trusted proxy', () => {
  it.each([undefined, '0'])('nothing but the connection is believed (TRUST_PROXY %j)', (trust) => {
    expect(origin(trust, PEER, CLIENT, 'https')).toEqual({
      address: PEER,
      protocol: null,
      isForwarded: false,
    });
  });

  it('an IPv4 address that the system clothes in IPv6 is told plainly', () => {
    expect(origin(undefined, `::ffff:${PEER}`, '').address).toBe(PEER);
  });
});

describe('with a count of proxies', () => {
  it.each([
    // The client's own claims stand before what the proxies added.
    ['1', `6.6.6.6, ${CLIENT}`, CLIENT],
    ['2', `6.6.6.6, ${CLIENT}, 10.0.0.2`, CLIENT],
    ['2', CLIENT, CLIENT],
    // A proxy that adds nothing is the last that is known.
    ['1', '', PEER],
    ['1', 'unknown', PEER],
    ['2', `${CLIENT}, banana`, PEER],
  ])('%s: of "%s" %s is believed', (trust, told, address) => {
    expect(origin(trust, PEER, told).address).toBe(address);
  });
});

describe('with addresses and blocks', () => {
  const trust = '10.0.0.0/8, 2001:db8::/32,127.0.0.1';

  it.each([
    // From elsewhere: nobody's word counts.
    [PEER, CLIENT, PEER],
    ['10.0.0.1', CLIENT, CLIENT],
    ['::ffff:10.0.0.1', `6.6.6.6, ${CLIENT}, 10.9.9.9`, CLIENT],
    ['127.0.0.1', `10.1.1.1, ${CLIENT}`, CLIENT],
    // An address of ours in the client's claim does not carry further back than its own proxy's word.
    ['10.0.0.1', `6.6.6.6, 10.1.1.1, ${CLIENT}`, CLIENT],
    // All the way through ours: from within.
    ['10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['10.0.0.1', '', '10.0.0.1'],
    ['10.0.0.1', `${CLIENT}, garbage`, '10.0.0.1'],
    ['2001:db8::1', '[2001:DB9::5]:4711', '2001:db9::5'],
    ['10.0.0.1', `${CLIENT}:4711`, CLIENT],
  ])('from %s with "%s" comes %s', (peer, told, address) => {
    expect(origin(trust, peer, told).address).toBe(address);
  });
});

describe('the protocol', () => {
  it('is what the trusted proxy wrote, not what its client claims', () => {
    expect(origin('1', PEER, CLIENT, 'https').protocol).toBe('https');
    expect(origin('1', PEER, CLIENT, 'https, http').protocol).toBe('http');
    expect(origin('2', PEER, `${CLIENT}, 10.0.0.2`, 'https, http').protocol).toBe('https');
    expect(origin('1', PEER, CLIENT, 'gopher').protocol).toBeNull();
    expect(origin('10.0.0.0/8', PEER, CLIENT, 'https').protocol).toBeNull();
  });
});

it('what TRUST_PROXY may be is a count, or addresses and blocks', () => {
  const good = ['0', '1', '16', '10.0.0.1', '10.0.0.0/8,::1', 'fd00::/8, 127.0.0.1'];
  const bad = [
    '17',
    '-1',
    'yes',
    '10.0.0.0/33',
    '10.0.0.1/',
    '10.0.0',
    '::1/129',
    '10.0.0.1,,',
    '1/2/3',
  ];
  expect(good.filter((value) => !isTrustProxy(value))).toEqual([]);
  expect(bad.filter(isTrustProxy)).toEqual([]);
});
