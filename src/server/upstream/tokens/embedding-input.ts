import type { TokenCounter } from './counter';
import {
  type CountOptions,
  OPENAI_BILLING,
  type PromptCount,
  PromptTally,
  type RequestBody,
} from './prompt-tally';

/** What another model may put around each text. */
const TEXT_FRAME_TOKENS_MAX = 4;

/**
 * Tokens of an embedding request's input: a text, texts, token ids or lists of token ids. Anything
 * else in it is counted as its JSON text, as an estimate.
 * @throws only the signal's reason, when it is aborted
 */
export async function countEmbeddingInput(
  counter: TokenCounter,
  { input }: RequestBody,
  { billing = OPENAI_BILLING, signal }: CountOptions = {},
): Promise<PromptCount> {
  const tally = new PromptTally(counter, billing, signal);
  if (!Array.isArray(input)) await addItem(tally, input);
  else for (const item of input) await addItem(tally, item);
  return tally.result;
}

async function addItem(tally: PromptTally, item: unknown): Promise<void> {
  if (!tally.billing.isOpenAiFormat) tally.roughly(0, TEXT_FRAME_TOKENS_MAX);
  if (typeof item === 'string') return tally.text(item);
  if (typeof item === 'number') return tally.exactly(1);
  if (Array.isArray(item) && item.every((id) => typeof id === 'number')) {
    return tally.exactly(item.length);
  }
  if (item !== null && item !== undefined) await tally.json(item);
}
