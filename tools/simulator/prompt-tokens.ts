import type { ChatMessage, ChatRequest } from './chat-request';
import { tokeniser } from './tokens';

const MESSAGE_TOKENS = 3;
const NAME_TOKENS = 1;
const REPLY_TOKENS = 3;

/**
 * OpenAI's chat formula. Of content arrays the text parts count; tool definitions and JSON schemas
 * count as the JSON they are.
 */
export function promptTokens(request: ChatRequest): number {
  let tokens = REPLY_TOKENS;
  for (const message of request.messages) tokens += messageTokens(message);
  for (const tool of request.tools ?? []) tokens += jsonTokens(tool.function);
  return tokens + jsonTokens(request.response_format?.json_schema?.schema);
}

function messageTokens({ role, content, name, tool_calls: calls }: ChatMessage): number {
  const count = (text: string): number => tokeniser().count(text);
  let tokens = MESSAGE_TOKENS + count(role);
  if (typeof content === 'string') tokens += count(content);
  else for (const part of content ?? []) tokens += count(part.text ?? '');
  if (name !== undefined) tokens += NAME_TOKENS + count(name);
  for (const call of calls ?? []) {
    if (call.function) tokens += count(call.function.name) + count(call.function.arguments);
  }
  return tokens;
}

function jsonTokens(value: unknown): number {
  return value === undefined ? 0 : tokeniser().count(JSON.stringify(value));
}
