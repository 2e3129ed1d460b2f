import { type Evidence, nameOf } from './evidence';

/** What a good request of a good key may be refused with, whatever has died. */
const DESIGNED = new Set([402, 409, 429, 502, 503, 504]);

/** A refusal that blames the client for a fault of ours, or that nobody designed. */
export function refusalFaults({ seen }: Evidence): string[] {
  return seen
    .filter(({ what, status }) => what === 'refused' && !DESIGNED.has(status))
    .map(
      (one) =>
        `refusal: ${nameOf(one)}: ${one.status} ${one.code} at ${new Date(one.endedAtMs).toISOString()}`,
    );
}
