import { describe, expect, it } from 'vitest';
import { addressBlocks, networkOf, plainAddress } from '@/server/domain/addresses';

describe('an address', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['::FFFF:cb00:7109', '203.0.113.9'],
    ['2001:db8::1', '2001:db8::1'],
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['unknown', 'unknown'],
  ])('%s is plainly %s', (address, plain) => {
    expect(plainAddress(address)).toBe(plain);
  });

  it.each(['203.0.113.9', '::ffff:203.0.113.9', '::ffff:cb00:7109'])(
    'of IPv4 lies in the block of its kind, written as %s',
    (address) => {
      expect(addressBlocks(['203.0.113.0/24'])(address)).toBe(true);
      expect(addressBlocks(['198.51.100.0/24', '2000::/3'])(address)).toBe(false);
    },
  );
});

describe('the network that counts as one caller', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:0:0:ffff::', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['unknown', 'unknown'],
    ['', ''],
  ])('of %j is %j', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
