import { BlockList, isIP, isIPv4, isIPv6, SocketAddress } from 'node:net';

const CLOTHING = '::ffff:';

/** An address in its one spelling: IPv4 in IPv6 clothing counts as IPv4. Anything else stays as it is. */
export function plainAddress(address: string): string {
  if (!address.includes(':')) return address;
  const bare = address.slice(CLOTHING.length);
  if (address.startsWith(CLOTHING) && isIPv4(bare)) return bare;
  if (!isIPv6(address)) return address;
  const spelled = new SocketAddress({ address, family: 'ipv6' }).address;
  const within = spelled.slice(CLOTHING.length);
  return spelled.startsWith(CLOTHING) && isIPv4(within) ? within : spelled;
}

/** Who an address counts as where attempts are limited: of IPv6 a subscriber has a whole /64. */
export function networkOf(address: string): string {
  const plain = plainAddress(address);
  if (!isIPv6(plain)) return plain;
  const [head = [], tail = []] = plain.split('::').map((half) => half.split(':').filter(Boolean));
  const gap = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  return `${[...head, ...gap, ...tail].slice(0, 4).join(':')}::/64`;
}

/** Whether it names one address (`203.0.113.9`, `2001:db8::1`) or a block of them (`10.0.0.0/8`). */
export function isAddressBlock(text: string): boolean {
  const [network = '', prefix, ...rest] = text.split('/');
  const family = isIP(network);
  if (family === 0 || rest.length > 0) return false;
  if (prefix === undefined) return true;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 6 ? 128 : 32);
}

/** A judge of whether an address lies in one of these blocks. What is no address lies in none. */
export function addressBlocks(blocks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const block of blocks) {
    const [network = '', prefix] = block.split('/');
    const family = isIPv6(network) ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(network, family);
    else list.addSubnet(network, Number(prefix), family);
  }
  return (address) => {
    const plain = plainAddress(address);
    return list.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
  };
}
