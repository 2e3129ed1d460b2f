/**
 * The address a request came from: the last entry of X-Forwarded-For, which the nearest proxy (or
 * the server itself) wrote. Earlier entries are the client's own claim.
 */
export function clientAddress(headers: { readonly forwardedFor: string | null }): string {
  return headers.forwardedFor?.split(',').at(-1)?.trim() || 'unknown';
}
