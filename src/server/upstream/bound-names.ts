import type { BoundName, BoundNames } from '@/server/domain/ports';

/** OpenAI's reasoning models refuse `max_tokens`; most other servers know nothing else. */
const REASONS = /^(?:o\d|gpt-(?:[5-9]|\d\d))/;

const KNOWN_MAX = 10_000;

/**
 * Guesses by the upstream's name of a model, and remembers where the guess was wrong: a deployment
 * may be called anything.
 */
export function createBoundNames(): BoundNames {
  const learnt = new Map<string, BoundName>();
  return {
    of: (upstream, modelName) => learnt.get(keyOf(upstream, modelName)) ?? guess(modelName),
    learn(upstream, modelName, name) {
      if (learnt.size >= KNOWN_MAX) learnt.clear();
      learnt.set(keyOf(upstream, modelName), name);
    },
  };
}

const keyOf = (upstream: string, modelName: string): string => `${upstream}\n${modelName}`;

/** `openai/o3` and `ft:gpt-5:org::id` are read as o3 and gpt-5. */
function guess(modelName: string): BoundName {
  const lower = modelName.toLowerCase();
  const name = lower.slice(lower.lastIndexOf('/') + 1).replace(/^ft:/, '');
  return REASONS.test(name) ? 'max_completion_tokens' : 'max_tokens';
}
