import { z } from 'zod';
import type { Script } from '../../tools/simulator/script';
import type { TestGateway } from './gateway';

/** What is asked of the gateway; the rest is left to defaults. */
export interface Ask {
  readonly model?: string;
  readonly prompt?: string;
  /** How the simulator answers; it travels in the prompt, so concurrent requests keep their own. */
  readonly script?: Script;
  readonly maxTokens?: number;
  readonly traceId?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** More fields of the body. */
  readonly fields?: object;
  readonly signal?: AbortSignal;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
}

const errorSchema = z.strictObject({
  error: z.strictObject({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string(),
  }),
});
const usageSchema = z.looseObject({ prompt_tokens: z.number(), completion_tokens: z.number() });
const completionSchema = z.looseObject({
  choices: z.array(
    z.looseObject({ message: z.looseObject({ content: z.string() }), finish_reason: z.string() }),
  ),
  usage: usageSchema,
});

export const bodyOf = (ask: Ask, isStream: boolean): string => {
  const { prompt = 'Tell me of the harbour.', script } = ask;
  const directive = script === undefined ? '' : ` [[sim: ${JSON.stringify(script)}]]`;
  return JSON.stringify({
    model: ask.model ?? 'sim-fast',
    messages: [{ role: 'user', content: `${prompt}${directive}` }],
    ...(ask.maxTokens === undefined ? {} : { max_tokens: ask.maxTokens }),
    ...(isStream ? { stream: true } : {}),
    ...ask.fields,
  });
};

/** One POST as a developer's client sends it, read to its end. Rejects when it is cut short. */
export async function post(
  gateway: Reachable,
  apiKey: string,
  path: string,
  body: string,
  ask: Pick<Ask, 'traceId' | 'headers' | 'signal'> = {},
): Promise<Reply> {
  const reply = await fetch(`${gateway.baseUrl}/${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      ...(ask.traceId === undefined ? {} : { 'x-trace-id': ask.traceId }),
      ...ask.headers,
    },
    body,
    ...(ask.signal === undefined ? {} : { signal: ask.signal }),
  });
  const bytes = Buffer.from(await reply.arrayBuffer());
  return { status: reply.status, headers: reply.headers, bytes };
}

/** Where it is bought. */
type Reachable = Pick<TestGateway, 'baseUrl'>;

/** Who buys: a tenant's key is all that matters. */
type Buyer = { readonly apiKey: string };

export const plain = (gateway: Reachable, buyer: Buyer, ask: Ask = {}): Promise<Reply> =>
  post(gateway, buyer.apiKey, 'chat/completions', bodyOf(ask, false), ask);

export const stream = (gateway: Reachable, buyer: Buyer, ask: Ask = {}): Promise<Reply> =>
  post(gateway, buyer.apiKey, 'chat/completions', bodyOf(ask, true), ask);

export const embed = (gateway: Reachable, buyer: Buyer, input: string): Promise<Reply> =>
  post(gateway, buyer.apiKey, 'embeddings', JSON.stringify({ model: 'sim-embed', input }));

export const json = (reply: Reply): unknown => JSON.parse(reply.bytes.toString('utf8'));

/** A good plain answer. Throws on any other reply. */
export function completionOf(reply: Reply) {
  if (reply.status !== 200) throw new Error(`${reply.status} ${reply.bytes.toString('utf8')}`);
  return completionSchema.parse(json(reply));
}

/** Status and code, such as `402 insufficient_quota`; `200` for a good reply. */
export function outcomeOf(reply: Reply): string {
  if (reply.status === 200) return '200';
  return `${reply.status} ${errorSchema.parse(json(reply)).error.code}`;
}

/** How many of each outcome. */
export function tally(replies: readonly Reply[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const reply of replies) {
    const outcome = outcomeOf(reply);
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

const chunkSchema = z.looseObject({
  choices: z.array(
    z.looseObject({
      delta: z.looseObject({ content: z.string().nullish() }),
      finish_reason: z.string().nullish(),
    }),
  ),
  usage: usageSchema.nullish(),
});

/** What a client makes of a stream. Throws when its events are no stream of a chat completion. */
export function readStream(bytes: Buffer) {
  let text = '';
  let usage: z.infer<typeof usageSchema> | null = null;
  let errorCode: string | null = null;
  let isDone = false;
  const finishReasons: string[] = [];
  for (const event of bytes.toString('utf8').split('\n\n')) {
    if (event === '') continue;
    if (!event.startsWith('data: ')) throw new Error(`No event: ${event.slice(0, 200)}`);
    if (isDone || errorCode !== null) throw new Error('An event after the end.');
    const data = event.slice('data: '.length);
    if (data === '[DONE]') {
      isDone = true;
      continue;
    }
    const value: unknown = JSON.parse(data);
    const error = errorSchema.safeParse(value);
    if (error.success) {
      errorCode = error.data.error.code;
      continue;
    }
    const chunk = chunkSchema.parse(value);
    if (chunk.usage) usage = chunk.usage;
    for (const choice of chunk.choices) {
      text += choice.delta.content ?? '';
      if (choice.finish_reason) finishReasons.push(choice.finish_reason);
    }
  }
  return { text, usage, errorCode, isDone, finishReasons };
}

/** `count` of something, all begun at once. */
export const atOnce = <T>(count: number, begin: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => begin(index)));
