import type { AttemptLimiter } from '../domain/ports/sign-in';

const KEYS_MAX = 10_000;

/**
 * A sliding window in this process's memory. Attempts are counted when they begin, so that many at
 * once cannot pass together. With several instances each keeps its own count.
 */
export function createAttemptLimiter(now: () => number = Date.now): AttemptLimiter {
  const attempts = new Map<string, number[]>();
  return {
    async take(key, budget) {
      const nowMs = now();
      const recent = (attempts.get(key) ?? []).filter((at) => at > nowMs - budget.windowMs);
      if (recent.length >= budget.attempts) return false;
      // Re-inserting keeps the map in order of use; the one unused for longest goes first.
      attempts.delete(key);
      attempts.set(key, [...recent, nowMs]);
      const oldest = attempts.keys().next();
      if (attempts.size > KEYS_MAX && !oldest.done) attempts.delete(oldest.value);
      return true;
    },
    async giveBack(key) {
      attempts.get(key)?.pop();
    },
    async clear(key) {
      attempts.delete(key);
    },
  };
}
