import { asArray, asObject, asString, type JsonObject } from './object';

/** A piece of an answer's text, and which running text it belongs to. */
export interface TextPiece {
  readonly track: string;
  readonly text: string;
}

/** All that an upstream bills as output: content, refusals, reasoning, names and arguments of tools. */
function piecesOf(message: JsonObject, choice: number, pieces: TextPiece[]): void {
  const add = (track: string, value: unknown) => {
    // Some upstreams send content as a list of parts, as requests do.
    const texts = Array.isArray(value) ? value.map((part) => asObject(part)?.text) : [value];
    for (const text of texts.map(asString)) {
      if (text !== '') pieces.push({ track: `${choice}:${track}`, text });
    }
  };
  add('content', message.content);
  if (message.refusal !== undefined) add('refusal', message.refusal);
  if (message.reasoning_content !== undefined) add('reasoning', message.reasoning_content);
  else if (message.reasoning !== undefined) add('reasoning', message.reasoning);
  if (message.function_call !== undefined) {
    const call = asObject(message.function_call);
    add('function', call?.name);
    add('function', call?.arguments);
  }
  asArray(message.tool_calls).forEach((entry, position) => {
    const call = asObject(entry);
    const index = typeof call?.index === 'number' ? call.index : position;
    const fn = asObject(call?.function);
    add(`tool${index}`, fn?.name);
    add(`tool${index}`, fn?.arguments);
  });
}

function eachChoice(holder: JsonObject, field: 'message' | 'delta'): TextPiece[] {
  const pieces: TextPiece[] = [];
  asArray(holder.choices).forEach((entry, position) => {
    const choice = asObject(entry);
    const index = typeof choice?.index === 'number' ? choice.index : position;
    const message = asObject(choice?.[field]);
    if (message !== null) piecesOf(message, index, pieces);
  });
  return pieces;
}

/** The text of a whole chat completion. */
export const messageText = (completion: JsonObject): TextPiece[] =>
  eachChoice(completion, 'message');

/** The text that one chunk adds. */
export const deltaText = (chunk: JsonObject): TextPiece[] => eachChoice(chunk, 'delta');

/** Whether a chunk is the last of one of its choices. */
export const saysWhyItEnds = (chunk: JsonObject): boolean =>
  asArray(chunk.choices).some((choice) => asString(asObject(choice)?.finish_reason) !== '');

/** The chunk that only reports usage: no choices, as OpenAI sends it when asked for it. */
export const isUsageChunk = (chunk: JsonObject): boolean =>
  asObject(chunk.usage) !== null && Array.isArray(chunk.choices) && chunk.choices.length === 0;
