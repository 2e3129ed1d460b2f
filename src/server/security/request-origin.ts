import { isIP } from 'node:net';
import { addressBlocks, isAddressBlock, plainAddress } from '../domain/addresses';

const HOPS_MAX = 16;

/** What a request and its connection say of where it comes from. */
export interface OriginClaims {
  /** The address at the other end of the connection: nobody's claim. */
  readonly peer: string;
  readonly forwardedFor: string | undefined;
  readonly forwardedProto: string | undefined;
}

/** What is believed of it. */
export interface RequestOrigin {
  readonly address: string;
  /** Null where no trusted proxy told it. */
  readonly protocol: 'http' | 'https' | null;
  /** It came through a trusted proxy, whose other words count too. */
  readonly isForwarded: boolean;
}

/** Whether a value of TRUST_PROXY means something: a count of proxies, or addresses and blocks. */
export function isTrustProxy(value: string): boolean {
  if (/^\d+$/.test(value)) return Number(value) <= HOPS_MAX;
  return entriesOf(value).every(isAddressBlock);
}

/**
 * Judges where requests come from. From the connection's end backwards, each trusted proxy's own entry
 * of X-Forwarded-For is believed; what stands before the first that is not trusted is a claim, and a
 * spoofed one at that.
 */
export function createOriginReader(
  trustProxy: string | undefined,
): (claims: OriginClaims) => RequestOrigin {
  const isTrusted = trustOf(trustProxy);
  return ({ peer, forwardedFor, forwardedProto }) => {
    let address = plainAddress(peer);
    if (!isTrusted(address, 0)) return { address, protocol: null, isForwarded: false };
    const claims = entriesOf(forwardedFor);
    let hops = 1;
    for (; ; hops += 1) {
      const claimed = addressIn(claims.at(-hops));
      if (claimed === null) break;
      address = claimed;
      if (!isTrusted(address, hops)) break;
    }
    return { address, protocol: protocolAt(entriesOf(forwardedProto), hops), isForwarded: true };
  };
}

/** Whether the proxy at an address, so many hops before the last one, is ours. */
function trustOf(trustProxy: string | undefined): (address: string, hops: number) => boolean {
  if (trustProxy === undefined) return () => false;
  if (!/^\d+$/.test(trustProxy)) return addressBlocks(entriesOf(trustProxy));
  const count = Number(trustProxy);
  return (_, hops) => hops < count;
}

const entriesOf = (list: string | undefined): readonly string[] =>
  list === undefined ? [] : list.split(',').map((entry) => entry.trim());

/** `203.0.113.9`, `203.0.113.9:4711`, `2001:db8::1` or `[2001:db8::1]:4711`; null for anything else. */
function addressIn(entry: string | undefined): string | null {
  if (entry === undefined) return null;
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(entry)?.[1] ?? /^([\d.]+):\d+$/.exec(entry)?.[1];
  const address = plainAddress((bare ?? entry).toLowerCase());
  return isIP(address) === 0 ? null : address;
}

/** A proxy writes one word, or adds one to the list; those before our own proxies' are claims. */
function protocolAt(words: readonly string[], hops: number): RequestOrigin['protocol'] {
  const word = words[Math.max(0, words.length - hops)];
  return word === 'http' || word === 'https' ? word : null;
}
