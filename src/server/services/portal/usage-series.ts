import type { UsageSlot, UsageSums } from '../../domain/ports/usage';

/** What charges come to, as a page shows it. Money in nano-USD, as a string. */
export interface UsageFigures {
  /** Charged. */
  readonly requests: number;
  /** Admitted, and ended with nothing delivered: not charged. What was refused is neither. */
  readonly failed: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedTokens: number;
  readonly reasoningTokens: number;
  readonly spendNano: string;
  /** Means, in milliseconds; null where nothing was timed. */
  readonly latencyMs: number | null;
  readonly firstByteMs: number | null;
}

/** What a chart draws, one entry an hour or a day. */
export interface UsageSeries {
  readonly spendNano: readonly string[];
  readonly requests: readonly number[];
  readonly failed: readonly number[];
  readonly tokens: readonly number[];
  readonly latencyMs: readonly (number | null)[];
  readonly firstByteMs: readonly (number | null)[];
}

export const NO_USE: UsageSums = {
  requests: 0,
  voided: 0,
  inputTokens: 0,
  outputTokens: 0,
  cachedTokens: 0,
  reasoningTokens: 0,
  spendNano: 0n,
  durationMs: 0,
  timed: 0,
  firstByteMs: 0,
  firstBytes: 0,
};

const add = (one: UsageSums, other: UsageSums): UsageSums => ({
  requests: one.requests + other.requests,
  voided: one.voided + other.voided,
  inputTokens: one.inputTokens + other.inputTokens,
  outputTokens: one.outputTokens + other.outputTokens,
  cachedTokens: one.cachedTokens + other.cachedTokens,
  reasoningTokens: one.reasoningTokens + other.reasoningTokens,
  spendNano: one.spendNano + other.spendNano,
  durationMs: one.durationMs + other.durationMs,
  timed: one.timed + other.timed,
  firstByteMs: one.firstByteMs + other.firstByteMs,
  firstBytes: one.firstBytes + other.firstBytes,
});

export const addAll = (all: readonly UsageSums[]): UsageSums => all.reduce(add, NO_USE);

/** The sums of each slot in its place; a slot without any is all zeros. */
export function fillGaps(
  slots: readonly string[],
  used: readonly UsageSlot[],
): readonly UsageSums[] {
  const bySlot = new Map(used.map((sums) => [sums.slot, sums]));
  return slots.map((slot) => bySlot.get(slot) ?? NO_USE);
}

const mean = (sum: number, count: number): number | null =>
  count === 0 ? null : Math.round(sum / count);

export const figuresOf = (sums: UsageSums): UsageFigures => ({
  requests: sums.requests,
  failed: sums.voided,
  inputTokens: sums.inputTokens,
  outputTokens: sums.outputTokens,
  cachedTokens: sums.cachedTokens,
  reasoningTokens: sums.reasoningTokens,
  spendNano: String(sums.spendNano),
  latencyMs: mean(sums.durationMs, sums.timed),
  firstByteMs: mean(sums.firstByteMs, sums.firstBytes),
});

export const seriesOf = (filled: readonly UsageSums[]): UsageSeries => ({
  spendNano: filled.map((sums) => String(sums.spendNano)),
  requests: filled.map((sums) => sums.requests),
  failed: filled.map((sums) => sums.voided),
  tokens: filled.map((sums) => sums.inputTokens + sums.outputTokens),
  latencyMs: filled.map((sums) => mean(sums.durationMs, sums.timed)),
  firstByteMs: filled.map((sums) => mean(sums.firstByteMs, sums.firstBytes)),
});
