import type { Verdict } from '../domain/judge';
import { NANO_MAX } from '../domain/money';
import type { HoldDemand } from '../domain/ports';
import { affordableOutputTokens, costOf, highestCost } from '../domain/pricing';
import { type Estimate, HELD_TOKENS_MAX } from './estimate';
import { LIKELY_OUTPUT_TOKENS } from './limits';
import { outputCap } from './output-cap';

/** A stream of a model that states no maximum goes on until the balance ends. */
const isUnbounded = ({ mode, output }: Estimate): boolean => mode === 'slabs' && !output.isKept;

/** The demand for all of the answer: a stream that holds slab by slab comes to it in the end. */
export function wholeDemand(estimate: Estimate): HoldDemand {
  const { demand, mode, model, output, inputTokensMax, choices } = estimate;
  if (mode !== 'slabs') return demand;
  if (isUnbounded(estimate)) return { ...demand, maxNano: NANO_MAX, maxTokens: HELD_TOKENS_MAX };
  const outputTokens = output.tokensMax * choices + output.predictedTokensMax;
  const maxNano = highestCost(model.price, inputTokensMax, outputTokens);
  return { ...demand, maxNano, maxTokens: inputTokensMax + outputTokens };
}

/**
 * The figures of a quote, from the verdict on the whole demand: tokens, and what they cost in
 * nano-USD. Refused, they are those of a balance that suffices.
 */
export function quoteFigures(estimate: Estimate, verdict: Verdict) {
  const { demand, model, inputTokens, inputTokensMax, choices, output } = estimate;
  const isGranted = verdict.kind === 'granted';
  const whole = wholeDemand(estimate);
  const most = isGranted ? verdict : { nano: whole.maxNano, tokens: whole.maxTokens };
  const charge = { price: model.price, heldNano: most.nano, heldTokens: most.tokens };
  const cap = isGranted ? outputCap({ charge, estimate }) : null;
  const isEndless = !isGranted && isUnbounded(estimate);
  const likelyOutputTokens = Math.min(cap ?? output.tokensMax, LIKELY_OUTPUT_TOKENS) * choices;
  return {
    maxTokens: cap,
    mostCost: isEndless ? null : String(most.nano),
    likelyCost: String(likelyCost(estimate, likelyOutputTokens)),
    hold: String(most.nano < demand.maxNano ? most.nano : demand.maxNano),
    leastHold: String(demand.minNano),
    inputTokens,
    inputTokensMax,
    likelyOutputTokens,
    outputTokensMax: isEndless ? null : outputTokensMax(estimate, cap, charge),
  };
}

/** The input as counted, none of it from a cache, and the likely output. */
const likelyCost = ({ model, inputTokens }: Estimate, outputTokens: number): bigint =>
  costOf(model.price, { inputTokens, outputTokens, cachedTokens: 0, reasoningTokens: 0 });

/** Output of all choices, at most. */
function outputTokensMax(
  { inputTokensMax, choices, output }: Estimate,
  cap: number | null,
  { price, heldNano, heldTokens }: Parameters<typeof outputCap>[0]['charge'],
): number {
  if (cap !== null) return cap * choices + output.predictedTokensMax;
  const affordable = affordableOutputTokens(price, inputTokensMax, heldNano);
  return Math.min(affordable, heldTokens - inputTokensMax);
}
