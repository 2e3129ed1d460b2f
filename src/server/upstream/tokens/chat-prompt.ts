import type { TokenCounter } from './counter';
import { inputOf } from './input-fields';
import { isRecord, mediaTokens } from './media-estimate';
import {
  type CountOptions,
  OPENAI_BILLING,
  type PromptCount,
  PromptTally,
  type RequestBody,
} from './prompt-tally';

/** Of OpenAI's chat format: around each message, for a name, and to begin the reply. */
const MESSAGE_TOKENS = 3;
const NAME_TOKENS = 1;
const REPLY_TOKENS = 3;
/** Generous: what surrounds the definitions, and each of them. */
const DEFINITIONS_TOKENS = 16;
const DEFINITION_TOKENS = 8;
/** What another template may add: before all messages, before the tools, around each message. */
const TEMPLATE_TOKENS_MAX = 256;
const TEMPLATE_MESSAGE_TOKENS_MAX = 16;

/**
 * Tokens of a chat request's input. Text messages are counted by OpenAI's formula; tools, schemas,
 * media and whatever we do not know are estimated on the high side, and bounded. Takes any JSON.
 * @throws only the signal's reason, when it is aborted
 */
export async function countChatPrompt(
  counter: TokenCounter,
  body: RequestBody,
  { billing = OPENAI_BILLING, signal }: CountOptions = {},
): Promise<PromptCount> {
  const tally = new PromptTally(counter, billing, signal);
  const { messages } = body;
  tally.exactly(REPLY_TOKENS);
  addTemplate(tally, TEMPLATE_TOKENS_MAX);
  if (Array.isArray(messages)) {
    for (const message of messages) await addMessage(tally, message);
  } else await tally.json(messages);
  await addDefinitions(tally, body.tools);
  await addDefinitions(tally, body.functions);
  await addResponseFormat(tally, body.response_format);
  addOtherFields(tally, body);
  return tally.result;
}

function addTemplate(tally: PromptTally, most: number): void {
  if (!tally.billing.isOpenAiFormat) tally.roughly(0, most);
}

async function addMessage(tally: PromptTally, message: unknown): Promise<void> {
  tally.exactly(MESSAGE_TOKENS);
  addTemplate(tally, TEMPLATE_MESSAGE_TOKENS_MAX);
  if (!isRecord(message)) return tally.json(message);
  for (const [key, value] of Object.entries(message)) {
    if (key === 'content') await addContent(tally, value);
    else if (key === 'audio' && isRecord(value)) await addUnbounded(tally, value);
    else if (typeof value === 'string') await tally.text(value);
    else if (value !== null && value !== undefined) await tally.json(value);
    if (key === 'name') tally.exactly(NAME_TOKENS);
  }
}

async function addContent(tally: PromptTally, content: unknown): Promise<void> {
  if (content === null || content === undefined) return;
  if (typeof content === 'string') return tally.text(content);
  if (!Array.isArray(content)) return tally.json(content);
  for (const part of content) await addPart(tally, part);
}

async function addPart(tally: PromptTally, part: unknown): Promise<void> {
  if (typeof part === 'string') return tally.text(part);
  if (!isRecord(part)) return tally.json(part);
  const media = mediaTokens(part, tally.billing.isOpenAiFormat);
  if (media !== undefined) return tally.roughly(media.likely, media.most);
  if (part.type === 'text' && typeof part.text === 'string') return tally.text(part.text);
  if (part.type === 'refusal' && typeof part.refusal === 'string') return tally.text(part.refusal);
  return addUnbounded(tally, part);
}

/** It may stand for a film, or for what was said before: its own text tells nothing of its cost. */
async function addUnbounded(tally: PromptTally, value: unknown): Promise<void> {
  await tally.json(value);
  tally.roughly(0, Number.POSITIVE_INFINITY);
}

async function addDefinitions(tally: PromptTally, definitions: unknown): Promise<void> {
  if (definitions === null || definitions === undefined) return;
  const items: readonly unknown[] = Array.isArray(definitions) ? definitions : [definitions];
  if (items.length === 0) return;
  tally.exactly(DEFINITIONS_TOKENS);
  addTemplate(tally, TEMPLATE_TOKENS_MAX);
  for (const item of items) {
    tally.exactly(DEFINITION_TOKENS);
    if (isServerSide(item)) await addUnbounded(tally, item);
    else await tally.json(item);
  }
}

/** A search, say: the upstream runs it, and reads what it finds. */
const isServerSide = (tool: unknown): boolean =>
  isRecord(tool) && tool.type !== undefined && tool.type !== 'function' && tool.type !== 'custom';

/** Plain text is the default and adds nothing. */
async function addResponseFormat(tally: PromptTally, format: unknown): Promise<void> {
  if (format === null || format === undefined) return;
  if (isRecord(format) && format.type === 'text') return;
  tally.exactly(DEFINITIONS_TOKENS);
  await tally.json(format);
}

function addOtherFields(tally: PromptTally, body: RequestBody): void {
  for (const [name, value] of Object.entries(body)) {
    if (value === null) continue;
    const input = inputOf(name);
    if (input === 'unbounded') tally.roughly(0, Number.POSITIVE_INFINITY);
    if (input === 'unknown') tally.perhaps(value);
  }
}
