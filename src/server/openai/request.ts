import { isUtf8 } from 'node:buffer';
import type { Endpoint } from '../domain/charge';
import { TallygateError } from '../domain/errors';
import { type FieldSpans, topLevelFields } from './json-fields';
import { judgeShape } from './json-shape';
import { isObject, type JsonObject } from './object';

/** A request for an answer, judged field by field where a field has a bearing on money. */
export interface AnswerRequest {
  readonly endpoint: Endpoint;
  readonly model: string;
  readonly isStream: boolean;
  /** The client asked for the usage chunk itself. */
  readonly wantsUsage: boolean;
  /** The bound on output tokens that the client gave, for each choice. */
  readonly maxTokens: number | null;
  readonly choices: number;
  readonly body: JsonObject;
  readonly text: string;
  readonly fields: FieldSpans;
}

const MODEL_LENGTH_MAX = 256;
const MESSAGES_MAX = 10_000;
const TOOLS_MAX = 1_024;
const INPUTS_MAX = 2_048;
const CHOICES_MAX = 128;
const TOKENS_MAX = 100_000_000;

const fault = (param: string, message: string): TallygateError =>
  new TallygateError('invalid_field', `${param}: ${message}`, { param });

/** Parses a body of `chat/completions` or `embeddings`. Throws the 400 that names the field. */
export function parseAnswerRequest(endpoint: Endpoint, bytes: Uint8Array): AnswerRequest {
  const text = decode(bytes);
  judgeShape(text);
  const body = parseObject(text);
  const fields = topLevelFields(text);
  const { model } = body;
  if (typeof model !== 'string' || model === '' || model.length > MODEL_LENGTH_MAX) {
    throw fault('model', `must be the name of a model, up to ${MODEL_LENGTH_MAX} characters.`);
  }
  const common = { endpoint, model, body, text, fields };
  if (endpoint === 'embeddings') {
    checkEmbeddingInput(body);
    return { isStream: false, wantsUsage: false, maxTokens: null, choices: 1, ...common };
  }
  checkMessages(body);
  checkScalars(body);
  const options = body.stream_options ?? null;
  if (options !== null && !isObject(options)) throw fault('stream_options', 'must be an object.');
  return {
    isStream: body.stream === true,
    wantsUsage: options?.include_usage === true,
    maxTokens: maxTokensOf(body),
    choices: wholeNumber(body, 'n', 1, CHOICES_MAX) ?? 1,
    ...common,
  };
}

const UTF8 = new TextDecoder();

function decode(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw new TallygateError('invalid_json', 'The body is not valid UTF-8.');
  return UTF8.decode(bytes);
}

function parseObject(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TallygateError('invalid_json', 'The body is not valid JSON. Send one JSON object.');
  }
  if (!isObject(value)) throw new TallygateError('invalid_json', 'The body must be a JSON object.');
  return value;
}

function checkMessages(body: JsonObject): void {
  const { messages } = body;
  if (!Array.isArray(messages) || messages.length === 0 || messages.length > MESSAGES_MAX) {
    throw fault('messages', `must be an array of 1 to ${MESSAGES_MAX} messages.`);
  }
  messages.forEach((message: unknown, index) => {
    const name = `messages[${index}]`;
    if (!isObject(message)) throw fault(name, 'must be an object.');
    if (typeof message.role !== 'string') throw fault(`${name}.role`, 'must be a string.');
    const { content } = message;
    const isContent =
      content === undefined ||
      content === null ||
      typeof content === 'string' ||
      (Array.isArray(content) && content.every((part) => isObject(part)));
    if (!isContent) throw fault(`${name}.content`, 'must be a string or an array of parts.');
  });
}

const SCALARS: Readonly<Record<string, 'number' | 'boolean' | 'string'>> = {
  temperature: 'number',
  top_p: 'number',
  presence_penalty: 'number',
  frequency_penalty: 'number',
  seed: 'number',
  top_logprobs: 'number',
  stream: 'boolean',
  logprobs: 'boolean',
  store: 'boolean',
  parallel_tool_calls: 'boolean',
  user: 'string',
};

function checkScalars(body: JsonObject): void {
  for (const [name, type] of Object.entries(SCALARS)) {
    const value = body[name] ?? null;
    if (value !== null && typeof value !== type) throw fault(name, `must be a ${type}.`);
  }
  const tools = body.tools ?? null;
  const isTools = Array.isArray(tools) && tools.length <= TOOLS_MAX && tools.every(isObject);
  if (tools !== null && !isTools) {
    throw fault('tools', `must be an array of at most ${TOOLS_MAX} objects.`);
  }
}

function wholeNumber(body: JsonObject, name: string, min: number, max: number): number | null {
  const value = body[name] ?? null;
  if (value === null) return null;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
    throw fault(name, `must be a whole number from ${min} to ${max}.`);
  }
  return value;
}

function maxTokensOf(body: JsonObject): number | null {
  const older = wholeNumber(body, 'max_tokens', 1, TOKENS_MAX);
  const newer = wholeNumber(body, 'max_completion_tokens', 1, TOKENS_MAX);
  if (older !== null && newer !== null && older !== newer) {
    throw fault('max_completion_tokens', 'differs from max_tokens; send one of them.');
  }
  return newer ?? older;
}

function checkEmbeddingInput(body: JsonObject): void {
  const { input } = body;
  const isTokens = (value: unknown): boolean =>
    Array.isArray(value) && value.length > 0 && value.every((item) => Number.isSafeInteger(item));
  const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
  const isList =
    Array.isArray(input) &&
    input.length > 0 &&
    input.length <= INPUTS_MAX &&
    (input.every(isText) || input.every(isTokens));
  if (!isText(input) && !isTokens(input) && !isList) {
    throw fault('input', `must be text, tokens, or an array of up to ${INPUTS_MAX} of either.`);
  }
}
