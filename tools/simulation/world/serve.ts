import type { GatewayReply, GatewayRequest } from '@/server/gateway/types';
import type { ClientExchange } from './exchange';
import type { Process } from './scheduler';
import type { Stage } from './stage';
import { countTokens } from './tokens';

/**
 * Carries one exchange between its client and the gateway, as the adapter of Node's http server
 * does: pieces are written one after the other, and a closed connection returns the body.
 */
export async function serve(
  stage: Stage,
  process: Process,
  exchange: ClientExchange,
  handle: (request: GatewayRequest) => Promise<GatewayReply>,
): Promise<void> {
  const { ask } = exchange;
  const headers = new Map([
    ['authorization', `Bearer ${ask.keyId}`],
    ['content-type', 'application/json'],
  ]);
  if (ask.traceId !== null) headers.set('x-trace-id', ask.traceId);
  const reply = await handle({
    method: 'POST',
    path: '/chat/completions',
    header: (name) => headers.get(name),
    readBody: async () => Buffer.from(ask.body),
    remoteAddress: '10.0.0.1',
    signal: exchange.gone.signal,
  });
  if (reply.headers['x-tallygate-max-tokens'] !== undefined) {
    stage.reach('client: is told of a lower max_tokens');
  }
  exchange.headersTrace = reply.headers['x-trace-id'] ?? null;
  if (reply.body instanceof Uint8Array) {
    if (exchange.isGone) return;
    takeHead(exchange, reply);
    take(exchange, reply.body);
    exchange.isComplete = reply.status === 200;
    exchange.code = exchange.isComplete ? null : codeOf(exchange.text);
    stage.watch.onDelivered(exchange);
    exchange.end();
    return;
  }
  if (!exchange.isGone) takeHead(exchange, reply);
  for await (const chunk of reply.body) {
    if (exchange.isGone) break;
    const text = take(exchange, chunk);
    if (text.includes('data: [DONE]')) exchange.isComplete = true;
    const error = /data: (\{"error":.*)/.exec(text)?.[1];
    if (error !== undefined) exchange.code = codeOf(error);
    stage.watch.onChunk(exchange);
    if (stage.dice.chance(0.1)) await drained(stage, process);
  }
  if (exchange.isGone) return;
  stage.watch.onDelivered(exchange);
  exchange.end();
}

function takeHead(exchange: ClientExchange, { status, headers }: GatewayReply): void {
  exchange.status = status;
  exchange.isReplay = headers['idempotent-replayed'] === 'true';
  const cost = headers['x-tallygate-cost'];
  exchange.cost = cost === undefined ? null : BigInt(cost);
}

function take(exchange: ClientExchange, bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString();
  exchange.text += text;
  if (exchange.status === 200) exchange.deliveredTokens += countTokens(text);
  return text;
}

function codeOf(text: string): string {
  return /"code":"([a-z_]+)"/.exec(text)?.[1] ?? 'unknown';
}

/** A client that reads slowly. */
const drained = (stage: Stage, process: Process): Promise<void> =>
  new Promise((resolve) => {
    stage.scheduler.after(stage.dice.skewed(1, 4_000), process, resolve);
  });
