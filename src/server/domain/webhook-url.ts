import { BlockList, isIP } from 'node:net';

export const WEBHOOK_URL_LENGTH_MAX = 2_048;

const blocked = new BlockList();
/** What is not of the public internet (IANA's special-purpose registries), and what speaks to many. */
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  blocked.addSubnet(network, bits, 'ipv4');
}
/** Of IPv6 only 2000::/3 is public, and these of it lead elsewhere: Teredo and its kind, examples, 6to4. */
for (const [network, bits] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  blocked.addSubnet(network, bits, 'ipv6');
}
const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');

/** Whether an address is one of the public internet: IPv4 in IPv6's clothing, in any, is not. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0 || address.includes('%')) return false;
  if (family === 4) return !blocked.check(address, 'ipv4');
  return globalUnicast.check(address, 'ipv6') && !blocked.check(address, 'ipv6');
}

export type WebhookUrlFault = 'not_a_url' | 'not_https' | 'has_credentials' | 'not_public';

/** A host as an address names it: without the brackets of IPv6. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

/** Hosts, each with or without a port, that the operator lets webhooks reach although they are private. */
export const isPrivateHostAllowed = (url: URL, allowed: readonly string[]): boolean =>
  allowed.includes(url.host) || allowed.includes(url.hostname);

/**
 * What is wrong with an address before anything is asked of it. Names are judged by what they resolve
 * to, each time that something is sent there. An allowed host may be private, and may speak http.
 */
export function judgeWebhookUrl(text: string, allowed: readonly string[]): WebhookUrlFault | null {
  if (text.length > WEBHOOK_URL_LENGTH_MAX || !URL.canParse(text)) return 'not_a_url';
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'not_https';
  if (url.username !== '' || url.password !== '') return 'has_credentials';
  if (isPrivateHostAllowed(url, allowed)) return null;
  if (url.protocol !== 'https:') return 'not_https';
  const host = hostOf(url);
  if (isIP(host) !== 0 && !isPublicAddress(host)) return 'not_public';
  return /(^|\.)localhost\.?$/i.test(host) ? 'not_public' : null;
}
