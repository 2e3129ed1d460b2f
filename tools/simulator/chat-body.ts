import type { ChatReply, Choice } from './chat-reply';
import { textOf, tokensOf } from './tokens';
import { withUsage } from './usage';

/** What all chunks of a reply, or its one body, have in common. */
export interface ReplyHead {
  readonly id: string;
  readonly createdSeconds: number;
  readonly model: string;
}

const SERVICE_TIER = 'default';
const SYSTEM_FINGERPRINT = 'fp_simulator';

/** One event and what it carries. Opening events (role, tool name) come before all faults. */
export interface Frame {
  readonly data: string;
  readonly tokens: number;
  /** How many token intervals after the first token it is due. */
  readonly step: number;
  readonly opening: boolean;
}

/** The body of a plain reply. */
export function plainBody(head: ReplyHead, reply: ChatReply, usageJson?: string): string {
  const { id, createdSeconds: created, model } = head;
  const choices = reply.choices.map((choice) => ({
    index: choice.index,
    message: plainMessage(choice),
    logprobs: null,
    finish_reason: choice.finishReason,
  }));
  const body = { id, object: 'chat.completion', created, model, choices };
  const tail = { service_tier: SERVICE_TIER, system_fingerprint: SYSTEM_FINGERPRINT };
  return withUsage({ ...body, ...tail }, usageJson);
}

function plainMessage({ pieces, toolCall }: Choice): object {
  const text = textOf(pieces);
  const rest = { refusal: null, annotations: [] };
  if (toolCall === undefined) return { role: 'assistant', content: text, ...rest };
  const { id, name } = toolCall;
  const call = { id, type: 'function', function: { name, arguments: text } };
  return { role: 'assistant', content: null, tool_calls: [call], ...rest };
}

export interface StreamOptions {
  readonly includeUsage: boolean;
  readonly usageJson: string | undefined;
  readonly usageInLastChoiceChunk: boolean;
}

/** The events of a streamed reply, in order, without `[DONE]`. Choices take turns token by token. */
export function* streamFrames(
  head: ReplyHead,
  reply: ChatReply,
  options: StreamOptions,
): Generator<Frame, void> {
  const { includeUsage, usageJson } = options;
  const chunk = (choices: object[], usage: string | undefined): string =>
    withUsage(chunkHead(head, choices), usage);
  const nullUsage = includeUsage ? 'null' : undefined;
  const event = (index: number, delta: object, finish: string | null = null): string => {
    const usage = finish !== null && options.usageInLastChoiceChunk ? usageJson : nullUsage;
    return chunk([{ index, delta, logprobs: null, finish_reason: finish }], usage);
  };

  for (const choice of reply.choices) {
    const data = event(choice.index, openingDelta(choice));
    // A tool call's name leaves with the opening.
    const tokens = choice.tokens - tokensOf(choice.pieces);
    yield { data, tokens, step: 0, opening: true };
  }
  const steps = Math.max(...reply.choices.map((choice) => choice.pieces.length));
  for (let step = 0; step <= steps; step += 1) {
    for (const choice of reply.choices) {
      const piece = choice.pieces[step];
      if (piece !== undefined) {
        const data = event(choice.index, pieceDelta(choice, piece.text));
        yield { data, tokens: piece.tokens, step, opening: false };
      } else if (step === choice.pieces.length) {
        const data = event(choice.index, {}, choice.finishReason);
        yield { data, tokens: 0, step, opening: false };
      }
    }
  }
  if (includeUsage && usageJson !== undefined && !options.usageInLastChoiceChunk) {
    yield { data: chunk([], usageJson), tokens: 0, step: steps, opening: false };
  }
}

function chunkHead({ id, createdSeconds, model }: ReplyHead, choices: object[]): object {
  return {
    id,
    object: 'chat.completion.chunk',
    created: createdSeconds,
    model,
    service_tier: SERVICE_TIER,
    system_fingerprint: SYSTEM_FINGERPRINT,
    choices,
  };
}

function openingDelta({ toolCall }: Choice): object {
  if (toolCall === undefined) return { role: 'assistant', content: '', refusal: null };
  const { id, name } = toolCall;
  const call = { index: 0, id, type: 'function', function: { name, arguments: '' } };
  return { role: 'assistant', content: null, tool_calls: [call], refusal: null };
}

function pieceDelta({ toolCall }: Choice, text: string): object {
  if (toolCall === undefined) return { content: text };
  return { tool_calls: [{ index: 0, function: { arguments: text } }] };
}
