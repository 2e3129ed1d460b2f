import { clientAddress } from '../auth/client-address';

/** Where a request came from, for the audit log; null when nobody says. */
export function requestAddress(headers: Headers): string | null {
  const address = clientAddress({ forwardedFor: headers.get('x-forwarded-for') });
  return address === 'unknown' ? null : address.slice(0, 64);
}
