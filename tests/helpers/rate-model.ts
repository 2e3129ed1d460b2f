import type { UnusedRate } from './lua-calls';

const MINUTE = 60_000;

/** A key's counters of this minute and the last one. */
export interface RateWindow {
  readonly window: number;
  readonly requests: number;
  readonly tokens: number;
  readonly lastRequests: number;
  readonly lastTokens: number;
}

export function windowAt(stored: RateWindow | undefined, nowMs: number): RateWindow {
  const window = Math.floor(nowMs / MINUTE);
  const fresh = { window, requests: 0, tokens: 0, lastRequests: 0, lastTokens: 0 };
  if (stored === undefined) return fresh;
  if (stored.window === window) return stored;
  if (stored.window !== window - 1) return fresh;
  return { ...fresh, lastRequests: stored.requests, lastTokens: stored.tokens };
}

/** What was counted in a minute and not used, taken off it; null where it is not one of the two. */
export function givenBack(rate: RateWindow, unused: UnusedRate): RateWindow | null {
  const { requests, tokens, lastRequests, lastTokens } = rate;
  if (unused.minute === rate.window) {
    return {
      ...rate,
      requests: less(requests, unused.requests),
      tokens: less(tokens, unused.tokens),
    };
  }
  if (unused.minute !== rate.window - 1) return null;
  return {
    ...rate,
    lastRequests: less(lastRequests, unused.requests),
    lastTokens: less(lastTokens, unused.tokens),
  };
}

const less = (count: number, unused: number): number => Math.max(count - unused, 0);

export const leftMs = (nowMs: number): number => MINUTE - (nowMs % MINUTE);

/** What a sliding minute has seen: this window, and the share of the last one still covered. */
export const usedIn = (current: number, last: number, nowMs: number): number =>
  current + Math.ceil((last * leftMs(nowMs)) / MINUTE);

/** How long until `wanted` more fit. */
export function waitMs(
  current: number,
  last: number,
  wanted: number,
  max: number,
  nowMs: number,
): number {
  const left = leftMs(nowMs);
  const room = max - wanted - current;
  if (room >= 0 && last > 0) return Math.max(left - Math.floor((room * MINUTE) / last), 1);
  if (current <= 0) return MINUTE;
  const fade = Math.ceil(MINUTE * (1 - Math.max(max - wanted, 0) / current));
  return left + Math.min(Math.max(fade, 0), MINUTE);
}
