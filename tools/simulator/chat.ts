import { randomUUID } from 'node:crypto';
import { plainBody, type ReplyHead, streamFrames } from './chat-body';
import { planReply } from './chat-reply';
import { type ChatRequest, chatRequestSchema, lastUserText, validate } from './chat-request';
import type { Exchange } from './exchange';
import { answerInstead } from './instead';
import { promptTokens } from './prompt-tokens';
import { replyHeaders } from './reply-headers';
import { inlineScript, type Script } from './script';
import { paceFor, type Scripting, scriptFor } from './scripting';
import { sendPlain } from './send-plain';
import { sendStream } from './send-stream';
import { chatUsageJson } from './usage';

/** `POST /v1/chat/completions`. @throws ApiError for a request that OpenAI would refuse */
export async function chat(exchange: Exchange, body: unknown, scripting: Scripting): Promise<void> {
  const request = validate(chatRequestSchema, body);
  note(exchange, request);
  const inline = inlineScript(lastUserText(request.messages));
  const script = scriptFor(exchange, request.model, inline, scripting);
  if (await answerInstead(exchange, script)) return;

  const reply = planReply(request, script);
  const { completionTokens, reasoningTokens } = reply;
  scripting.journal?.begin(exchange, request.user ?? null, completionTokens);
  const figures = { promptTokens: promptTokens(request), completionTokens, reasoningTokens };
  const usageJson = chatUsageJson(figures, script);
  const head: ReplyHead = {
    id: `chatcmpl-${randomUUID().replaceAll('-', '')}`,
    createdSeconds: Math.floor(Date.now() / 1000),
    model: request.model,
  };
  const pace = paceFor(request.model, script, scripting);
  if (request.stream !== true) {
    const longest = Math.max(...reply.choices.map((choice) => choice.tokens));
    await exchange.sleep(pace.ttftMs + pace.perTokenMs * longest);
    return sendPlain(exchange, plainBody(head, reply, usageJson), longest, script);
  }
  await exchange.sleep(pace.ttftMs);
  beginStream(exchange, script);
  const options = {
    includeUsage: exchange.record.includeUsage,
    usageJson,
    usageInLastChoiceChunk: script.usageInLastChoiceChunk === true,
  };
  return sendStream(exchange, streamFrames(head, reply, options), pace, script);
}

function note({ record }: Exchange, request: ChatRequest): void {
  record.model = request.model;
  record.stream = request.stream === true;
  record.includeUsage = request.stream_options?.include_usage === true;
  record.maxTokens = request.max_completion_tokens ?? request.max_tokens ?? null;
  record.boundName = boundNameOf(request);
}

function beginStream(exchange: Exchange, script: Script): void {
  const headers = replyHeaders(script, 'text/event-stream; charset=utf-8');
  exchange.res.writeHead(200, { 'cache-control': 'no-cache', ...headers });
}

function boundNameOf(request: ChatRequest): string | null {
  if (request.max_completion_tokens !== undefined) return 'max_completion_tokens';
  return request.max_tokens === undefined ? null : 'max_tokens';
}
