/** Token counts of one answer. Cached tokens are part of the input, reasoning tokens of the output. */
export interface TokenUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedTokens: number;
  readonly reasoningTokens: number;
}

/**
 * Where the billed figures come from. `counted_nearest`: counted with the nearest vocabulary,
 * since the model's own is not known. `checkpoint`: what a crashed stream had last written down.
 */
export const USAGE_SOURCES = ['upstream', 'counted', 'counted_nearest', 'checkpoint'] as const;
export type UsageSource = (typeof USAGE_SOURCES)[number];

/** Why a row's usage deserves an operator's look. */
export const USAGE_ANOMALIES = ['missing', 'absurd', 'above_max_tokens'] as const;
export type UsageAnomaly = (typeof USAGE_ANOMALIES)[number];

/** How a model's answers are billed: streams count unless the catalogue says `upstream`. */
export const USAGE_POLICIES = ['counted', 'upstream'] as const;
export type UsagePolicy = (typeof USAGE_POLICIES)[number];
