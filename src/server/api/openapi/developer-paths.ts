import { z } from 'zod';
import { jsonSchema } from './schema';
import { errorResponse, type Operation, type Parameter, type PathItem } from './types';

const message = z.looseObject({
  role: z.enum(['developer', 'system', 'user', 'assistant', 'tool', 'function']),
  content: z.union([z.string(), z.array(z.looseObject({ type: z.string() })), z.null()]).optional(),
});

/** What a chat completion takes, and what a quote for one takes. */
export const chatRequest = z.looseObject({
  model: z.string(),
  messages: z.array(message).min(1),
  stream: z.boolean().nullable().optional(),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullable().optional(),
  max_completion_tokens: z.int().positive().nullable().optional(),
  max_tokens: z.int().positive().nullable().optional(),
  n: z.int().positive().nullable().optional(),
  temperature: z.number().nullable().optional(),
  tools: z.array(z.looseObject({ type: z.string() })).optional(),
});

const usage = z.looseObject({
  prompt_tokens: z.int(),
  completion_tokens: z.int().optional(),
  total_tokens: z.int(),
});

const chatReply = z.looseObject({
  id: z.string(),
  object: z.literal('chat.completion'),
  created: z.int(),
  model: z.string(),
  choices: z.array(
    z.looseObject({ index: z.int(), message, finish_reason: z.string().nullable() }),
  ),
  usage,
});

const embeddingRequest = z.looseObject({
  model: z.string(),
  input: z.union([z.string(), z.array(z.string()), z.array(z.int()), z.array(z.array(z.int()))]),
  dimensions: z.int().positive().optional(),
  encoding_format: z.enum(['float', 'base64']).optional(),
});

const embeddingReply = z.looseObject({
  object: z.literal('list'),
  model: z.string(),
  data: z.array(
    z.looseObject({
      object: z.literal('embedding'),
      index: z.int(),
      embedding: z.union([z.array(z.number()), z.string()]),
    }),
  ),
  usage,
});

const model = z.looseObject({
  id: z.string(),
  object: z.literal('model'),
  created: z.int(),
  owned_by: z.string(),
});
const modelList = z.object({ object: z.literal('list'), data: z.array(model) });

const traceHeaders: readonly Parameter[] = ['X-Trace-ID', 'Idempotency-Key'].map((name) => ({
  name,
  in: 'header',
  required: false,
  description:
    'Makes the request idempotent: 1–128 of A-Z a-z 0-9 . _ : -, unique within your organisation. Sent again with the same body, it gets the stored answer and is not billed again.',
  schema: { type: 'string', pattern: '^[A-Za-z0-9._:-]{1,128}$' },
}));

interface Endpoint {
  readonly id: string;
  readonly summary: string;
  readonly request: z.ZodType | null;
  readonly reply: z.ZodType;
  readonly parameters?: readonly Parameter[];
  readonly isStreamable?: boolean;
}

const operation = ({ id, summary, request, reply, ...more }: Endpoint): Operation => ({
  operationId: id,
  tags: ['Models and answers'],
  summary,
  ...(request === null
    ? {}
    : {
        description:
          'Unknown request fields pass through to the upstream, and the reply’s bytes pass through to you.',
      }),
  security: [{ apiKey: [] }],
  parameters: more.parameters ?? (request === null ? [] : traceHeaders),
  ...(request === null
    ? {}
    : {
        requestBody: {
          required: true,
          content: { 'application/json': { schema: jsonSchema(request, 'input') } },
        },
      }),
  responses: {
    200: {
      description: 'OK',
      content: {
        'application/json': { schema: jsonSchema(reply, 'output') },
        ...(more.isStreamable ? { 'text/event-stream': { schema: { type: 'string' } } } : {}),
      },
    },
    ...errorResponse,
  },
});

/** What developers call, in OpenAI's shapes. */
export const developerPaths = (): Readonly<Record<string, PathItem>> => ({
  '/api/v1/chat/completions': {
    post: operation({
      id: 'chat.completions',
      summary: 'An answer in a conversation, plain or streamed',
      request: chatRequest,
      reply: chatReply,
      isStreamable: true,
    }),
  },
  '/api/v1/embeddings': {
    post: operation({
      id: 'embeddings',
      summary: 'Vectors for texts',
      request: embeddingRequest,
      reply: embeddingReply,
    }),
  },
  '/api/v1/models': {
    get: operation({
      id: 'models.list',
      summary: 'The models that your key may use',
      request: null,
      reply: modelList,
    }),
  },
  '/api/v1/models/{id}': {
    get: operation({
      id: 'models.get',
      summary: 'One model',
      request: null,
      reply: model,
      parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
    }),
  },
});
