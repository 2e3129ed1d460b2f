/**
 * The address a request came from: the last entry of X-Forwarded-For, which has been made true at the
 * door (`boot/door.ts`), or by Vercel.
 */
export function clientAddress(headers: { readonly forwardedFor: string | null }): string {
  return headers.forwardedFor?.split(',').at(-1)?.trim() || 'unknown';
}
