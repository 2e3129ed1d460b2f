import type { TokenCounter } from './counter';
import { isRecord, mediaTokens } from './media-estimate';
import { type PromptCount, PromptTally } from './prompt-tally';

/** Of OpenAI's chat format: around each message, for a name, and to begin the reply. */
const MESSAGE_TOKENS = 3;
const NAME_TOKENS = 1;
const REPLY_TOKENS = 3;
/** Generous: what surrounds the definitions, and each of them. */
const DEFINITIONS_TOKENS = 16;
const DEFINITION_TOKENS = 8;

/** What else in a chat request reaches the model as text; as the client sent it. */
export interface ChatPromptExtras {
  readonly functions?: unknown;
  readonly responseFormat?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Tokens of a chat request's input. Text messages are counted by OpenAI's formula; tools, schemas,
 * media and whatever we do not know are estimated on the high side. Takes any JSON whatever.
 * @throws only the signal's reason, when it is aborted
 */
export async function countChatPrompt(
  counter: TokenCounter,
  messages: unknown,
  tools?: unknown,
  extras: ChatPromptExtras = {},
): Promise<PromptCount> {
  const tally = new PromptTally(counter, extras.signal);
  tally.exactly(REPLY_TOKENS);
  if (Array.isArray(messages)) {
    for (const message of messages) await addMessage(tally, message);
  } else await tally.json(messages);
  await addDefinitions(tally, tools);
  await addDefinitions(tally, extras.functions);
  await addResponseFormat(tally, extras.responseFormat);
  return tally.result;
}

async function addMessage(tally: PromptTally, message: unknown): Promise<void> {
  tally.exactly(MESSAGE_TOKENS);
  if (!isRecord(message)) return tally.json(message);
  for (const [key, value] of Object.entries(message)) {
    if (key === 'content') await addContent(tally, value);
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
  const media = mediaTokens(part);
  if (media !== undefined) return tally.roughly(media);
  if (part.type === 'text' && typeof part.text === 'string') return tally.text(part.text);
  return tally.json(part);
}

async function addDefinitions(tally: PromptTally, definitions: unknown): Promise<void> {
  if (definitions === null || definitions === undefined) return;
  const items: readonly unknown[] = Array.isArray(definitions) ? definitions : [definitions];
  if (items.length === 0) return;
  tally.roughly(DEFINITIONS_TOKENS);
  for (const item of items) {
    tally.roughly(DEFINITION_TOKENS);
    await tally.json(item);
  }
}

/** Plain text is the default and adds nothing. */
async function addResponseFormat(tally: PromptTally, format: unknown): Promise<void> {
  if (format === null || format === undefined) return;
  if (isRecord(format) && format.type === 'text') return;
  tally.roughly(DEFINITIONS_TOKENS);
  await tally.json(format);
}
