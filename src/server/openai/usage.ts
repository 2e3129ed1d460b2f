import type { Endpoint } from '../domain/charge';
import type { TokenUsage } from '../domain/usage';
import { asObject, type JsonObject } from './object';

/** What an upstream says of its usage; `absurd` figures are no basis for a bill. */
export type ReportedUsage =
  | { readonly kind: 'reported'; readonly usage: TokenUsage }
  | { readonly kind: 'missing' | 'absurd' };

/** A window no model has: what is above it is a lie even where the catalogue names no window. */
const TOKENS_MAX = 100_000_000;

const count = (value: unknown, max: number): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= max
    ? value
    : null;

/**
 * Reads the `usage` of a chat completion, a chunk, or an embedding. A reported zero is zero;
 * negative, fractional, missing or impossible figures (above the model's window) are absurd.
 */
export function readUsage(
  endpoint: Endpoint,
  holder: JsonObject,
  contextWindow: number | null,
): ReportedUsage {
  const usage = holder.usage ?? null;
  if (usage === null) return { kind: 'missing' };
  const figures = asObject(usage);
  if (figures === null) return { kind: 'absurd' };
  const max = contextWindow ?? TOKENS_MAX;
  const inputTokens = count(figures.prompt_tokens ?? figures.input_tokens, max);
  // Only an embedding has no output to speak of: silence about an answer's is not "none".
  const unsaid = endpoint === 'embeddings' ? 0 : undefined;
  const outputTokens = count(figures.completion_tokens ?? figures.output_tokens ?? unsaid, max);
  if (inputTokens === null || outputTokens === null) return { kind: 'absurd' };
  const cached = asObject(figures.prompt_tokens_details)?.cached_tokens ?? 0;
  const reasoning = asObject(figures.completion_tokens_details)?.reasoning_tokens ?? 0;
  return {
    kind: 'reported',
    usage: {
      inputTokens,
      outputTokens,
      cachedTokens: count(cached, inputTokens) ?? 0,
      reasoningTokens: count(reasoning, outputTokens) ?? 0,
    },
  };
}
