import type { RateState, RateStates } from '../domain/quota';

const one = (unit: 'requests' | 'tokens', state: RateState | null): Record<string, string> =>
  state === null
    ? {}
    : {
        [`x-ratelimit-limit-${unit}`]: String(state.limit),
        [`x-ratelimit-remaining-${unit}`]: String(state.remaining),
        [`x-ratelimit-reset-${unit}`]: `${Math.ceil(state.resetMs / 1000)}s`,
      };

/** OpenAI's rate headers, where a limit applies. */
export const rateHeaders = (rates: RateStates): Record<string, string> => ({
  ...one('requests', rates.requests),
  ...one('tokens', rates.tokens),
});
