import { z } from 'zod';
import { validate } from './chat-request';
import type { Exchange } from './exchange';
import { answerInstead } from './instead';
import { Random, seedOf } from './random';
import { inlineScript } from './script';
import { paceFor, type Scripting, scriptFor } from './scripting';
import { sendPlain } from './send-plain';
import { tokeniser } from './tokens';
import { embeddingUsageJson, withUsage } from './usage';

const DIMENSIONS = 256;
const DIMENSIONS_MAX = 4096;
const tokenList = z.array(z.int().min(0)).min(1);

const embeddingRequestSchema = z.looseObject({
  model: z.string().min(1),
  input: z.union([
    z.string().min(1),
    z.array(z.string().min(1)).min(1).max(2048),
    tokenList,
    z.array(tokenList).min(1).max(2048),
  ]),
  dimensions: z.int().min(1).max(DIMENSIONS_MAX).nullish(),
  encoding_format: z.enum(['float', 'base64']).nullish(),
});

type Item = string | readonly number[];

/** `POST /v1/embeddings`. @throws ApiError for a request that OpenAI would refuse */
export async function embeddings(
  exchange: Exchange,
  body: unknown,
  scripting: Scripting,
): Promise<void> {
  const request = validate(embeddingRequestSchema, body);
  const { model, dimensions, encoding_format: format } = request;
  exchange.record.model = model;
  const items = itemsOf(request.input);
  const last = items.at(-1);
  const inline = typeof last === 'string' ? inlineScript(last) : undefined;
  const script = scriptFor(exchange, model, inline, scripting);
  if (await answerInstead(exchange, script)) return;

  const tokens = items.reduce((sum, item) => sum + tokensOfItem(item), 0);
  const data = items.map((item, index) => {
    const vector = unitVector(item, dimensions ?? DIMENSIONS);
    const embedding = format === 'base64' ? base64Of(vector) : [...vector];
    return { object: 'embedding', index, embedding };
  });
  const json = withUsage({ object: 'list', data, model }, embeddingUsageJson(tokens, script));
  await exchange.sleep(paceFor(model, script, scripting).ttftMs);
  return sendPlain(exchange, json, tokens, script);
}

function itemsOf(input: z.infer<typeof embeddingRequestSchema>['input']): Item[] {
  if (typeof input === 'string') return [input];
  const strings: Item[] = [];
  const numbers: number[] = [];
  for (const each of input) {
    if (typeof each === 'number') numbers.push(each);
    else strings.push(each);
  }
  return numbers.length > 0 ? [numbers] : strings;
}

function tokensOfItem(item: Item): number {
  return typeof item === 'string' ? tokeniser().count(item) : item.length;
}

/** The same text has the same direction; length 1. */
function unitVector(item: Item, dimensions: number): Float32Array {
  const random = new Random(seedOf(typeof item === 'string' ? item : item.join(',')));
  const vector = Float32Array.from({ length: dimensions }, () => random.next() * 2 - 1);
  const length = Math.hypot(...vector) || 1;
  return vector.map((each) => each / length);
}

function base64Of(vector: Float32Array): string {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64');
}
