import { createHash, timingSafeEqual } from 'node:crypto';
import { ApiError } from './api-error';
import { type BenchReplies, benchDelivery } from './bench-reply';
import { chat } from './chat';
import { parseJsonBody } from './chat-request';
import { embeddings } from './embeddings';
import { ClientGone, type Exchange } from './exchange';
import { findModel, listModels } from './models';
import { ScriptError } from './script';
import type { Scripting } from './scripting';

export interface RouteContext extends Scripting {
  readonly apiKey: string | undefined;
  readonly bench: BenchReplies;
}

const MODEL_PREFIX = '/v1/models/';

/** Answers one request under `/v1`. Errors become replies in OpenAI's shape. */
export async function answer(exchange: Exchange, context: RouteContext): Promise<void> {
  try {
    authenticate(exchange, context.apiKey);
    await route(exchange, context);
  } catch (error) {
    refuse(exchange, error);
  }
}

/** Turns an error into its reply; what is nobody's fault (the client left) is let go. */
export function refuse(exchange: Exchange, error: unknown): void {
  if (exchange.isGone || error instanceof ClientGone) return;
  const known =
    error instanceof ScriptError
      ? new ApiError(400, error.message, undefined, 'invalid_sim_script')
      : error;
  if (exchange.res.headersSent) exchange.res.destroy();
  else if (known instanceof ApiError) exchange.sendJson(known.status, known.body);
  else {
    process.stderr.write(`simulator: ${known instanceof Error ? known.stack : String(known)}\n`);
    exchange.sendJson(500, new ApiError(500, 'The simulator failed.', 'server_error').body);
  }
}

async function route(exchange: Exchange, context: RouteContext): Promise<void> {
  const path = exchange.path;
  switch (`${exchange.req.method} ${path}`) {
    case 'POST /v1/chat/completions':
      return chatOrBench(exchange, context);
    case 'POST /v1/embeddings':
      return embeddings(exchange, hashed(exchange, await exchange.readBody()), context);
    case 'GET /v1/models':
      return exchange.sendJson(200, listModels());
    default:
      return oneModel(exchange, path);
  }
}

async function chatOrBench(exchange: Exchange, context: RouteContext): Promise<void> {
  const bytes = await exchange.readBody();
  const body = parseJsonBody(bytes);
  const delivery = benchDelivery(exchange, field(body, 'model'));
  if (delivery === undefined) return chat(exchange, hashed(exchange, bytes, body), context);
  exchange.record.stream = field(body, 'stream') === true;
  exchange.record.includeUsage = field(field(body, 'stream_options'), 'include_usage') === true;
  if (exchange.record.stream) return context.bench.stream(exchange, delivery);
  return context.bench.plain(exchange, delivery);
}

function hashed(exchange: Exchange, bytes: Buffer, body = parseJsonBody(bytes)): unknown {
  exchange.record.bodySha256 = createHash('sha256').update(bytes).digest('hex');
  return body;
}

function oneModel(exchange: Exchange, path: string): void {
  const id = path.startsWith(MODEL_PREFIX) ? path.slice(MODEL_PREFIX.length) : '';
  const model = exchange.req.method === 'GET' ? findModel(id) : undefined;
  if (model === undefined) throw new ApiError(404, 'Not found.', undefined, 'model_not_found');
  exchange.sendJson(200, model);
}

function authenticate({ req }: Exchange, apiKey: string | undefined): void {
  if (apiKey === undefined) return;
  const given = digest(req.headers.authorization ?? '');
  if (timingSafeEqual(given, digest(`Bearer ${apiKey}`))) return;
  throw new ApiError(401, 'Incorrect API key provided.', undefined, 'invalid_api_key');
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
