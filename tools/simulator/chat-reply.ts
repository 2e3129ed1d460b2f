import { ApiError } from './api-error';
import type { ChatRequest } from './chat-request';
import { lastUserText, type Tool } from './chat-request';
import { sampleOf } from './json-sample';
import { REASONING_MODEL } from './models';
import { type Language, type ProseRequest, proseOfAtLeast, proseOfExactly } from './prose';
import { seedOf } from './random';
import { type Script, withoutDirective } from './script';
import { type TokenPiece, takeTokens, textOf, tokeniser, tokensOf } from './tokens';

type FinishReason = 'stop' | 'length' | 'tool_calls';

export interface Choice {
  readonly index: number;
  /** The text, or a tool call's arguments, as it leaves piece by piece. */
  readonly pieces: readonly TokenPiece[];
  readonly toolCall: { readonly id: string; readonly name: string } | undefined;
  readonly finishReason: FinishReason;
  /** By js-tiktoken over what is sent: the text, or the tool's name and arguments. */
  readonly tokens: number;
}

export interface ChatReply {
  readonly choices: readonly Choice[];
  readonly reasoningTokens: number;
  /** All choices and the reasoning. */
  readonly completionTokens: number;
}

const NATURAL_TOKENS_MIN = 45;
const NATURAL_TOKENS_SPAN = 30;
const REASONING_TOKENS_MIN = 24;
const REASONING_TOKENS_SPAN = 40;

/** What the model will say: decided whole, before the first byte leaves. */
export function planReply(request: ChatRequest, script: Script): ChatReply {
  const limit = request.max_completion_tokens ?? request.max_tokens ?? undefined;
  const question = lastUserText(request.messages);
  const seed = seedOf(`${request.model}\n${question}\n${request.messages.length}`);
  const reasoningTokens = script.reasoningTokens ?? ownReasoning(request.model, seed, limit);
  // Reasoning told by a script is the script's affair; the model's own shares max_tokens.
  const visibleLimit =
    limit === undefined || script.reasoningTokens !== undefined ? limit : limit - reasoningTokens;
  const choices: Choice[] = [];
  for (let index = 0; index < (request.n ?? 1); index += 1) {
    choices.push(
      planChoice({ request, script, question, seed: seed + index, index, visibleLimit }),
    );
  }
  const visible = choices.reduce((sum, choice) => sum + choice.tokens, 0);
  return { choices, reasoningTokens, completionTokens: visible + reasoningTokens };
}

interface ChoicePlan {
  readonly request: ChatRequest;
  readonly script: Script;
  readonly question: string;
  readonly seed: number;
  readonly index: number;
  readonly visibleLimit: number | undefined;
}

function planChoice(plan: ChoicePlan): Choice {
  const { request, script, index, seed, visibleLimit } = plan;
  if (script.text !== undefined) return textChoice(index, tokeniser().split(script.text), 'stop');
  const tool = toolToCall(request, plan.question);
  if (tool?.function !== undefined && script.outputTokens === undefined) {
    const { name, parameters } = tool.function;
    const json = JSON.stringify(sampleOf(parameters, seed));
    const nameTokens = tokeniser().count(name);
    if (visibleLimit === undefined || visibleLimit > nameTokens) {
      const all = tokeniser().split(json);
      const pieces = visibleLimit === undefined ? all : takeTokens(all, visibleLimit - nameTokens);
      const finishReason = pieces.length < all.length ? 'length' : 'tool_calls';
      const toolCall = { id: `call_${seed.toString(16).padStart(8, '0')}sim`, name };
      const tokens = nameTokens + tokeniser().count(textOf(pieces));
      return { index, pieces, toolCall, finishReason, tokens };
    }
  }
  return cutToLimit(index, stopped(wholeText(plan), request.stop ?? []), visibleLimit);
}

function wholeText({ request, script, question, seed }: ChoicePlan): TokenPiece[] {
  const about = withoutDirective(question);
  const prose: ProseRequest = {
    seed,
    language: script.language ?? languageOf(about),
    topic: topicOf(about),
  };
  if (script.outputTokens !== undefined) return proseOfExactly(prose, script.outputTokens);
  const format = request.response_format;
  if (format?.type === 'json_object') {
    return tokeniser().split(
      JSON.stringify({ topic: prose.topic ?? null, answer: 'steady', seed }),
    );
  }
  if (format?.type === 'json_schema') {
    return tokeniser().split(JSON.stringify(sampleOf(format.json_schema?.schema, seed)));
  }
  return proseOfAtLeast(prose, NATURAL_TOKENS_MIN + (seed % NATURAL_TOKENS_SPAN));
}

/** Cut before the first stop sequence, as OpenAI does. */
function stopped(pieces: TokenPiece[], stop: string | readonly string[]): TokenPiece[] {
  const sequences = (typeof stop === 'string' ? [stop] : stop).filter((each) => each !== '');
  if (sequences.length === 0) return pieces;
  const text = textOf(pieces);
  const found = sequences.map((each) => text.indexOf(each)).filter((at) => at >= 0);
  return found.length === 0 ? pieces : tokeniser().split(text.slice(0, Math.min(...found)));
}

function cutToLimit(index: number, pieces: TokenPiece[], limit: number | undefined): Choice {
  if (limit === undefined || tokensOf(pieces) <= limit) return textChoice(index, pieces, 'stop');
  return textChoice(index, takeTokens(pieces, limit), 'length');
}

function textChoice(index: number, pieces: readonly TokenPiece[], end: FinishReason): Choice {
  const tokens = tokeniser().count(textOf(pieces));
  return { index, pieces, toolCall: undefined, finishReason: end, tokens };
}

/** The tool to call, if this request wants one called. @throws ApiError 400 for an unknown name */
function toolToCall(request: ChatRequest, question: string): Tool | undefined {
  const tools = (request.tools ?? []).filter((tool) => tool.function !== undefined);
  const choice = request.tool_choice ?? 'auto';
  if (tools.length === 0 || choice === 'none') return undefined;
  if (request.messages.at(-1)?.role === 'tool') return undefined;
  if (typeof choice === 'object' && 'function' in choice) {
    const name = namedFunction(choice.function);
    const named = tools.find((tool) => tool.function?.name === name);
    if (named !== undefined) return named;
    const message = 'The chosen tool is not among the tools.';
    throw new ApiError(400, message, undefined, null, 'tool_choice');
  }
  const asked = choice === 'required' || question.toLowerCase().includes('call the tool');
  return asked ? tools[0] : undefined;
}

function namedFunction(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'name' in value ? value.name : undefined;
}

function ownReasoning(model: string, seed: number, limit: number | undefined): number {
  if (model !== REASONING_MODEL) return 0;
  const wanted = REASONING_TOKENS_MIN + (seed % REASONING_TOKENS_SPAN);
  return limit === undefined ? wanted : Math.min(wanted, Math.floor(limit / 2));
}

function languageOf(text: string): Language {
  return /\p{Script=Han}/u.test(text) ? 'zh' : 'en';
}

/** The longest plain word of the question. */
function topicOf(text: string): string | undefined {
  const found = text.slice(0, 2000).match(/\b[A-Za-z]{5,14}\b/g) ?? [];
  return found.reduce<string | undefined>(
    (best, word) => (word.length > (best?.length ?? 0) ? word.toLowerCase() : best),
    undefined,
  );
}
