import { TallygateError } from '../domain/errors';
import type { InputCount, ModelRecord } from '../domain/ports';
import type { JsonObject } from '../openai/object';
import type { AnswerRequest } from '../openai/request';
import { OUTPUT_TOKENS_DEFAULT } from './limits';

/** Output of one request, all its choices together. */
const OUTPUT_TOKENS_MAX = 1_000_000_000;

/** How long one choice of an answer can get. */
export interface OutputBound {
  readonly tokensMax: number;
  /** The most that may be asked for: a max_tokens that does not fit beside the input is refused. */
  readonly askableTokens: number;
  /** Whether the upstream keeps to it unasked, since it is the client's bound or the model's own. */
  readonly isKept: boolean;
  /** What a predicted answer may add to all choices together. */
  readonly predictedTokensMax: number;
}

export function outputBound(
  model: ModelRecord,
  { maxTokens }: Pick<AnswerRequest, 'maxTokens'>,
  { tokens, predictedTokensMax }: InputCount,
): OutputBound {
  const own = model.maxOutputTokens ?? model.contextWindow;
  const tokensMax = maxTokens ?? own ?? OUTPUT_TOKENS_DEFAULT;
  const beside = model.contextWindow === null ? tokensMax : model.contextWindow - tokens;
  return {
    tokensMax,
    askableTokens: Math.max(1, Math.min(tokensMax, beside)),
    isKept: maxTokens !== null || own !== null,
    predictedTokensMax,
  };
}

/** Refuses (400) a bound on the output that the model cannot give, or no row of the ledger hold. */
export function judgeOutput(
  model: ModelRecord,
  { maxTokens, choices, body }: Pick<AnswerRequest, 'maxTokens' | 'choices' | 'body'>,
): void {
  if (maxTokens === null) return;
  const most = model.maxOutputTokens ?? model.contextWindow;
  if (most !== null && maxTokens > most) {
    throw refused(body, `"${model.id}" gives at most ${most} tokens; ${maxTokens} were asked for.`);
  }
  if (maxTokens * choices > OUTPUT_TOKENS_MAX) {
    throw refused(
      body,
      `${maxTokens} for each of ${choices} choices are too many; ask for ${OUTPUT_TOKENS_MAX} in all at most.`,
    );
  }
}

/** By the name that the client gave the bound. */
function refused(body: JsonObject, why: string): TallygateError {
  const param = (body.max_tokens ?? null) === null ? 'max_completion_tokens' : 'max_tokens';
  return new TallygateError('invalid_field', `${param}: ${why}`, { param });
}
