import { text } from './arguments';
import type { Keyspace } from './keyspace';

/** The twin of `include/rates.lua`: a sliding window of one minute. */
const MINUTE = 60_000;

export interface Rate {
  readonly window: number;
  requests: number;
  tokens: number;
  lastRequests: number;
  lastTokens: number;
  readonly left: number;
}

export function readRate(redis: Keyspace, key: string): Rate {
  const now = redis.nowMs;
  const window = Math.floor(now / MINUTE);
  const number = (field: string): number => Number(redis.hget(key, field) ?? '0');
  const stored = Number(redis.hget(key, 'window') ?? '-2');
  const isSame = stored === window;
  const isNext = stored === window - 1;
  return {
    window,
    requests: isSame ? number('requests') : 0,
    tokens: isSame ? number('tokens') : 0,
    lastRequests: isSame ? number('last_requests') : isNext ? number('requests') : 0,
    lastTokens: isSame ? number('last_tokens') : isNext ? number('tokens') : 0,
    left: MINUTE - (now % MINUTE),
  };
}

export const usedRate = (current: number, last: number, left: number): number =>
  current + Math.ceil((last * left) / MINUTE);

function rateWait(
  current: number,
  last: number,
  left: number,
  wanted: number,
  max: number,
): number {
  const room = max - wanted - current;
  if (room >= 0 && last > 0) return Math.max(left - Math.floor((room * MINUTE) / last), 1);
  if (current <= 0) return MINUTE;
  const fade = Math.ceil(MINUTE * (1 - Math.max(max - wanted, 0) / current));
  return left + Math.min(Math.max(fade, 0), MINUTE);
}

/** Which limit a further request would pass, and how long until it fits; null where it fits now. */
export function judgeRate(
  { requests, lastRequests, tokens, lastTokens, left }: Rate,
  rpm: number | null,
  tpm: number | null,
  wanted: number,
): { readonly unit: 'requests' | 'tokens'; readonly waitMs: number } | null {
  if (rpm !== null && usedRate(requests, lastRequests, left) + 1 > rpm) {
    return { unit: 'requests', waitMs: rateWait(requests, lastRequests, left, 1, rpm) };
  }
  if (tpm !== null && usedRate(tokens, lastTokens, left) + wanted > tpm) {
    return { unit: 'tokens', waitMs: rateWait(tokens, lastTokens, left, wanted, tpm) };
  }
  return null;
}

export function writeRate(redis: Keyspace, key: string, rate: Rate): void {
  redis.hset(
    key,
    ...['window', text(rate.window), 'requests', text(rate.requests)],
    ...['tokens', text(rate.tokens), 'last_requests', text(rate.lastRequests)],
    ...['last_tokens', text(rate.lastTokens)],
  );
  redis.pexpire(key, 2 * MINUTE);
}

/** Gives back what was counted in a minute and not used, while a window still covers it. */
export function giveBack(
  redis: Keyspace,
  key: string,
  minute: number,
  requests: number,
  tokens: number,
): void {
  const rate = readRate(redis, key);
  if (minute === rate.window) {
    rate.requests = Math.max(rate.requests - requests, 0);
    rate.tokens = Math.max(rate.tokens - tokens, 0);
  } else if (minute === rate.window - 1) {
    rate.lastRequests = Math.max(rate.lastRequests - requests, 0);
    rate.lastTokens = Math.max(rate.lastTokens - tokens, 0);
  } else return;
  writeRate(redis, key, rate);
}
