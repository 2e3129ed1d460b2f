import { type IncomingHttpHeaders, request } from 'node:http';
import { z } from 'zod';

export interface RawReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** False: the connection broke off before the reply's end. */
  readonly whole: boolean;
  /** What arrived, read by read. */
  readonly reads: readonly Buffer[];
}

export interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly onData?: (soFar: string) => void;
}

/** One POST, with everything that came back however it ended. Rejects if no headers came. */
export function post(url: string, body: unknown, options: CallOptions = {}): Promise<RawReply> {
  const { signal, headers } = options;
  return new Promise((resolve, reject) => {
    let breakOff: ((error: Error) => void) | undefined;
    const call = request(
      url,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        ...(signal && { signal }),
      },
      (reply) => {
        const reads: Buffer[] = [];
        const done = (whole: boolean) => {
          const { statusCode: status = 0, headers: replyHeaders } = reply;
          resolve({ status, headers: replyHeaders, body: Buffer.concat(reads), whole, reads });
        };
        reply.on('data', (chunk: Buffer) => {
          reads.push(chunk);
          options.onData?.(Buffer.concat(reads).toString('utf8'));
        });
        reply.on('end', () => done(true));
        breakOff = () => done(false);
        reply.on('error', breakOff);
      },
    );
    call.on('error', (error) => (breakOff ?? reject)(error));
    call.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
}

const usageSchema = z.object({
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  total_tokens: z.number(),
  prompt_tokens_details: z.object({ cached_tokens: z.number() }),
  completion_tokens_details: z.object({ reasoning_tokens: z.number() }),
});

const functionSchema = z.object({ name: z.string().optional(), arguments: z.string() });

export const completionSchema = z.object({
  object: z.literal('chat.completion'),
  model: z.string(),
  choices: z.array(
    z.object({
      index: z.number(),
      message: z.object({
        role: z.literal('assistant'),
        content: z.string().nullable(),
        tool_calls: z.array(z.object({ id: z.string(), function: functionSchema })).optional(),
      }),
      finish_reason: z.string(),
    }),
  ),
  usage: usageSchema,
});

const chunkSchema = z.strictObject({
  id: z.string(),
  object: z.literal('chat.completion.chunk'),
  created: z.int(),
  model: z.string(),
  service_tier: z.string(),
  system_fingerprint: z.string(),
  choices: z.array(
    z.strictObject({
      index: z.number(),
      delta: z.strictObject({
        role: z.literal('assistant').optional(),
        content: z.string().nullish(),
        refusal: z.null().optional(),
        tool_calls: z
          .array(
            z.object({ index: z.number(), id: z.string().optional(), function: functionSchema }),
          )
          .optional(),
      }),
      logprobs: z.null(),
      finish_reason: z.string().nullable(),
    }),
  ),
  usage: usageSchema.nullish(),
});

export type Chunk = z.infer<typeof chunkSchema>;

export const errorSchema = z.object({
  error: z.object({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string().nullable(),
  }),
});

export function parse<T>(schema: z.ZodType<T>, body: Buffer): T {
  return schema.parse(JSON.parse(body.toString('utf8')));
}

/** The `data:` fields of a stream whose lines end in LF. */
export function dataOf(body: Buffer | string): string[] {
  return body
    .toString()
    .split('\n\n')
    .filter((event) => event.startsWith('data: '))
    .map((event) => event.slice('data: '.length));
}

/** A well-formed stream's chunks. Throws when it is not exactly that, `[DONE]` included. */
export function chunksOf(body: Buffer): Chunk[] {
  const data = dataOf(body);
  if (data.pop() !== '[DONE]') throw new Error('the stream does not end with [DONE]');
  return data.map((each) => chunkSchema.parse(JSON.parse(each)));
}

/** The text that a stream's chunks make, of one choice. */
export function textOfChunks(chunks: readonly Chunk[], index = 0): string {
  return chunks
    .flatMap((chunk) => chunk.choices)
    .filter((choice) => choice.index === index)
    .map((choice) => choice.delta.content ?? '')
    .join('');
}

/** Polls until it holds, for two seconds at most. */
export async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 2000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error('it never came to hold');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
