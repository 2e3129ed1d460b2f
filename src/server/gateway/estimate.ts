import { TallygateError } from '../domain/errors';
import type { Nano } from '../domain/money';
import type { HoldDemand, ModelRecord, TokenMeter } from '../domain/ports';
import { highestCost } from '../domain/pricing';
import type { AnswerRequest } from '../openai/request';
import { OUTPUT_TOKENS_DEFAULT, PLAIN_OUTPUT_TOKENS_MIN, SLAB_TOKENS } from './limits';

/** Output of one request, all its choices together. */
const OUTPUT_TOKENS_MAX = 1_000_000_000;
/** What a row of the ledger can say was held. */
const HELD_TOKENS_MAX = 2_000_000_000;

/** What a request can cost, and how much of that is held before it is bought. */
export interface Estimate {
  readonly meter: TokenMeter;
  readonly inputTokens: number;
  /** Output of all choices that the hold covers; a stream without max_tokens raises it by slabs. */
  readonly demand: HoldDemand;
  /** `slabs`: raised while streaming. `cap`: what is left buys what it buys. `full`: all is held. */
  readonly mode: 'full' | 'cap' | 'slabs';
  readonly model: ModelRecord;
  readonly choices: number;
}

/**
 * Counts the input and bounds the output. With max_tokens the whole is held; a stream without it
 * holds one slab; a plain request without it holds the model's maximum, or what is left.
 * Throws 400 for a max_tokens that the model cannot give.
 */
export async function estimate(
  model: ModelRecord,
  meter: TokenMeter,
  request: AnswerRequest,
): Promise<Estimate> {
  const counted = await meter.countInput(request.endpoint, request.body);
  // Without the model's own vocabulary only the bytes bound its tokens from above.
  const inputTokens = meter.isKnown ? counted : Math.max(counted, Buffer.byteLength(request.text));
  const common = { meter, inputTokens, model, choices: request.choices };
  const demandFor = (min: number, max: number, likely: number): HoldDemand => ({
    minNano: cost(model, inputTokens, min * request.choices),
    maxNano: cost(model, inputTokens, max * request.choices),
    minTokens: inputTokens + min * request.choices,
    maxTokens: Math.min(inputTokens + max * request.choices, HELD_TOKENS_MAX),
    rateTokens: inputTokens + likely * request.choices,
  });
  if (request.endpoint === 'embeddings') {
    return { ...common, mode: 'full', demand: demandFor(0, 0, 0) };
  }
  const most = outputMax(model, inputTokens);
  if (request.maxTokens !== null) {
    checkMaxTokens(model, request.maxTokens);
    checkChoices(request.maxTokens, request.choices);
    const { maxTokens } = request;
    return { ...common, mode: 'full', demand: demandFor(maxTokens, maxTokens, maxTokens) };
  }
  if (request.isStream) {
    const slab = Math.min(SLAB_TOKENS, most);
    return { ...common, mode: 'slabs', demand: demandFor(slab, slab, slab) };
  }
  const least = Math.min(PLAIN_OUTPUT_TOKENS_MIN, most);
  return { ...common, mode: 'cap', demand: demandFor(least, most, least) };
}

function checkChoices(maxTokens: number, choices: number): void {
  if (maxTokens * choices <= OUTPUT_TOKENS_MAX) return;
  throw new TallygateError(
    'invalid_field',
    `max_tokens: ${maxTokens} for each of ${choices} choices are too many; ask for ${OUTPUT_TOKENS_MAX} in all at most.`,
    { param: 'max_tokens' },
  );
}

const cost = (model: ModelRecord, input: number, output: number): Nano =>
  highestCost(model.price, input, output);

function outputMax(model: ModelRecord, inputTokens: number): number {
  if (model.maxOutputTokens !== null) return model.maxOutputTokens;
  if (model.contextWindow === null) return OUTPUT_TOKENS_DEFAULT;
  return Math.max(1, model.contextWindow - inputTokens);
}

function checkMaxTokens(model: ModelRecord, maxTokens: number): void {
  const most = model.maxOutputTokens ?? model.contextWindow;
  if (most === null || maxTokens <= most) return;
  throw new TallygateError(
    'invalid_field',
    `max_tokens: "${model.id}" gives at most ${most} tokens; ${maxTokens} were asked for.`,
    { param: 'max_tokens' },
  );
}
