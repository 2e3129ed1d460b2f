import type { HoldDemand, InputCount, ModelRecord, TokenMeter } from '../domain/ports';
import { highestCost } from '../domain/pricing';
import type { AnswerRequest } from '../openai/request';
import { INPUT_TOKENS_MAX, PLAIN_OUTPUT_TOKENS_MIN, SLAB_TOKENS } from './limits';
import { judgeOutput, type OutputBound, outputBound } from './output-bound';

/** What a row of the ledger can say was held. */
export const HELD_TOKENS_MAX = 2_000_000_000;

/** What a request can cost, and how much of that is held before it is bought. */
export interface Estimate {
  readonly meter: TokenMeter;
  /** The best count: shown, and billed where the upstream says nothing. */
  readonly inputTokens: number;
  /** The most that the upstream can bill as input: what is held of it. */
  readonly inputTokensMax: number;
  /** Output of all choices that the hold covers; a stream without max_tokens raises it by slabs. */
  readonly demand: HoldDemand;
  /** `slabs`: raised while streaming. `cap`: what is left buys what it buys. `full`: all is held. */
  readonly mode: 'full' | 'cap' | 'slabs';
  readonly output: OutputBound;
  readonly model: ModelRecord;
  readonly choices: number;
}

/**
 * Counts the input and bounds it and the output. With max_tokens the whole is held. Without it, a
 * stream that is billed by what we count of it holds one slab; whatever is billed by the upstream's
 * figures holds the model's maximum, or what is left.
 * Throws 400 for a max_tokens that the model cannot give.
 */
export async function estimate(
  model: ModelRecord,
  meter: TokenMeter,
  request: AnswerRequest,
): Promise<Estimate> {
  judgeOutput(model, request);
  const input = await meter.countInput(request.endpoint, request.body);
  const inputTokensMax = boundedInput(model, input);
  const output = outputBound(model, request, input);
  const { choices } = request;
  const common = { meter, inputTokens: input.tokens, inputTokensMax, output, model, choices };
  const demandFor = demands(model, input, inputTokensMax, choices);
  if (request.endpoint === 'embeddings') {
    return { mode: 'full', demand: demandFor(0, 0), ...common };
  }
  if (request.maxTokens !== null) {
    const { maxTokens } = request;
    return { mode: 'full', demand: demandFor(maxTokens, maxTokens), ...common };
  }
  if (request.isStream && model.usagePolicy === 'counted') {
    const slab = Math.min(SLAB_TOKENS, output.tokensMax);
    return { mode: 'slabs', demand: demandFor(slab, slab), ...common };
  }
  const least = Math.min(PLAIN_OUTPUT_TOKENS_MIN, output.tokensMax);
  return { mode: 'cap', demand: demandFor(least, output.tokensMax), ...common };
}

/** No upstream bills more input than its model's window takes. */
function boundedInput(model: ModelRecord, input: InputCount): number {
  const most = Math.min(input.tokensMax, model.contextWindow ?? INPUT_TOKENS_MAX);
  return Math.max(most, input.tokens);
}

/** The demand for an answer of `least` to `most` tokens in each choice. */
function demands(model: ModelRecord, input: InputCount, inputMax: number, choices: number) {
  const cost = (output: number) =>
    highestCost(model.price, inputMax, output * choices + input.predictedTokensMax);
  const tokens = (output: number) =>
    Math.min(inputMax + output * choices + input.predictedTokensMax, HELD_TOKENS_MAX);
  return (least: number, most: number): HoldDemand => ({
    minNano: cost(least),
    maxNano: cost(most),
    minTokens: tokens(least),
    maxTokens: tokens(most),
    rateTokens: input.tokens + least * choices,
  });
}
