import { Tiktoken } from 'js-tiktoken/lite';
import o200kBase from 'js-tiktoken/ranks/o200k_base';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../tools/simulator/server';
import {
  chunksOf,
  completionSchema,
  errorSchema,
  parse,
  post,
  textOfChunks,
} from './simulator-client';

const reference = new Tiktoken(o200kBase);
const count = (text: string): number => reference.encode(text, [], []).length;
const question = [{ role: 'user', content: 'Tell me about lighthouses, please.' }];
let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator({ pace: 0 });
});
afterAll(() => simulator.close());
beforeEach(() => simulator.reset());

const chat = (body: object, headers: Record<string, string> = {}) =>
  post(
    `${simulator.url}/chat/completions`,
    { model: 'sim-fast', messages: question, ...body },
    { headers },
  );
const plain = async (body: object) => parse(completionSchema, (await chat(body)).body);
const stream = async (body: object) => chunksOf((await chat({ stream: true, ...body })).body);

test('a plain reply reports what js-tiktoken counts, and OpenAI counts of the prompt', async () => {
  const { choices, usage } = await plain({
    messages: [
      { role: 'system', content: 'Be brief.' },
      {
        role: 'user',
        name: 'ada',
        content: [{ type: 'text', text: 'Tell me about lighthouses.' }],
      },
    ],
  });
  const prompt =
    3 +
    3 +
    count('system') +
    count('Be brief.') +
    3 +
    count('user') +
    count('Tell me about lighthouses.') +
    1 +
    count('ada');
  expect(usage.prompt_tokens).toBe(prompt);
  expect(usage.completion_tokens).toBe(count(choices[0]?.message.content ?? ''));
  expect(usage.total_tokens).toBe(usage.prompt_tokens + usage.completion_tokens);
  expect(choices[0]?.finish_reason).toBe('stop');
});

test.each([1, 2, 20, 33])('max_tokens %i cuts at exactly that many', async (limit) => {
  for (const field of ['max_tokens', 'max_completion_tokens']) {
    const { choices, usage } = await plain({ [field]: limit });
    expect(usage.completion_tokens).toBe(limit);
    expect(count(choices[0]?.message.content ?? '')).toBe(limit);
    expect(choices[0]?.finish_reason).toBe('length');
  }
});

test('a stream is the plain reply in OpenAI chunks: role, a token each, finish, usage', async () => {
  const whole = await plain({});
  const chunks = await stream({ stream_options: { include_usage: true } });
  const text = textOfChunks(chunks);
  expect(text).toBe(whole.choices[0]?.message.content);
  expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '', refusal: null });
  expect(chunks.at(-2)?.choices[0]).toMatchObject({ delta: {}, finish_reason: 'stop' });
  expect(chunks.at(-1)?.choices).toEqual([]);
  expect(chunks.at(-1)?.usage?.completion_tokens).toBe(count(text));
  expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
  expect(chunks).toHaveLength(count(text) + 3);
  expect(new Set(chunks.map((chunk) => chunk.id)).size).toBe(1);
});

test('usage is only streamed when asked for', async () => {
  const chunks = await stream({ max_tokens: 5 });
  expect(chunks.some((chunk) => 'usage' in chunk)).toBe(false);
  expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('length');
});

test('n choices share one usage', async () => {
  const { choices, usage } = await plain({ n: 3, max_tokens: 40 });
  expect(choices.map((choice) => choice.index)).toEqual([0, 1, 2]);
  expect(new Set(choices.map((choice) => choice.message.content)).size).toBe(3);
  expect(usage.completion_tokens).toBe(120);
  const chunks = await stream({ n: 2 });
  expect(textOfChunks(chunks, 0)).not.toBe(textOfChunks(chunks, 1));
  expect(chunks.flatMap((c) => c.choices).filter((c) => c.finish_reason !== null)).toHaveLength(2);
});

test('stop ends the text before the sequence', async () => {
  const whole = (await plain({})).choices[0]?.message.content ?? '';
  const word = whole.slice(20, 26);
  const { choices, usage } = await plain({ stop: ['never said', word] });
  expect(choices[0]?.message.content).toBe(whole.slice(0, whole.indexOf(word)));
  expect(usage.completion_tokens).toBe(count(choices[0]?.message.content ?? ''));
});

test('the reasoning model hides reasoning inside max_completion_tokens', async () => {
  const { choices, usage } = await plain({ model: 'sim-reasoning', max_completion_tokens: 20 });
  const hidden = usage.completion_tokens_details.reasoning_tokens;
  expect(hidden).toBeGreaterThan(0);
  expect(usage.completion_tokens).toBe(20);
  expect(count(choices[0]?.message.content ?? '')).toBe(20 - hidden);
});

const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, days: { type: 'integer', maximum: 5 } },
      required: ['city'],
    },
  },
};

test('a required tool is called with arguments of its schema; the stream says the same', async () => {
  const { choices, usage } = await plain({ tools: [weather], tool_choice: 'required' });
  const call = choices[0]?.message.tool_calls?.[0];
  const json = call?.function.arguments ?? '';
  expect(choices[0]?.finish_reason).toBe('tool_calls');
  expect(call?.function.name).toBe('get_weather');
  expect(JSON.parse(json)).toEqual({ city: expect.any(String), days: expect.any(Number) });
  expect(usage.completion_tokens).toBe(count('get_weather') + count(json));

  const deltas = (await stream({ tools: [weather], tool_choice: 'required' }))
    .flatMap((chunk) => chunk.choices)
    .flatMap((choice) => choice.delta.tool_calls ?? []);
  expect(deltas[0]).toMatchObject({ index: 0, id: call?.id, function: { name: 'get_weather' } });
  expect(deltas.map((delta) => delta.function.arguments).join('')).toBe(json);
});

test('tools are left alone unless asked for, and after a tool has answered', async () => {
  const asks = [{ role: 'user', content: 'Please call the tool.' }];
  const callsTool = async (body: object) =>
    (await plain({ tools: [weather], ...body })).choices[0]?.message.tool_calls !== undefined;
  expect(await callsTool({})).toBe(false);
  expect(await callsTool({ messages: asks })).toBe(true);
  expect(await callsTool({ messages: asks, tool_choice: 'none' })).toBe(false);
  const answered = [...asks, { role: 'tool', tool_call_id: 'call_1', content: '21 degrees' }];
  expect(await callsTool({ messages: answered, tool_choice: 'required' })).toBe(false);
});

test('response_format gives valid JSON', async () => {
  const object = await plain({ response_format: { type: 'json_object' } });
  expect(JSON.parse(object.choices[0]?.message.content ?? '')).toBeTypeOf('object');
  const schema = { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] };
  const format = { type: 'json_schema', json_schema: { name: 'x', schema } };
  const { choices } = await plain({ response_format: format });
  expect(JSON.parse(choices[0]?.message.content ?? '')).toEqual({ ok: expect.any(Boolean) });
});

test('the bench model answers constant bytes whose usage is true', async () => {
  const { choices, usage } = await plain({ model: 'sim-bench' });
  expect(usage.completion_tokens).toBe(count(choices[0]?.message.content ?? ''));
  for (const suffix of ['', '-paced', '-whole']) {
    const options = { stream_options: { include_usage: true } };
    const chunks = await stream({ model: `sim-bench${suffix}`, ...options });
    expect(textOfChunks(chunks)).toBe(choices[0]?.message.content);
    expect(chunks.at(-1)?.usage?.completion_tokens).toBe(100);
  }
  const cheap = chunksOf((await chat({ stream: true }, { 'x-sim-mode': 'cheap' })).body);
  expect(cheap).toHaveLength(102);
});

test('embeddings are unit vectors, the same for the same text, in both encodings', async () => {
  const embed = async (body: object) => {
    const reply = await post(`${simulator.url}/embeddings`, { model: 'sim-embed', ...body });
    return JSON.parse(reply.body.toString());
  };
  const made = await embed({ input: ['a lighthouse', 'a harbour', 'a lighthouse'] });
  const vectors: number[][] = made.data.map((each: { embedding: number[] }) => each.embedding);
  expect(vectors[0]).toEqual(vectors[2]);
  expect(vectors[0]).not.toEqual(vectors[1]);
  expect(Math.hypot(...(vectors[0] ?? []))).toBeCloseTo(1, 5);
  expect(made.usage.prompt_tokens).toBe(2 * count('a lighthouse') + count('a harbour'));
  const packed = await embed({ input: 'a lighthouse', encoding_format: 'base64' });
  const bytes = Buffer.from(packed.data[0].embedding, 'base64');
  expect(bytes.readFloatLE(0)).toBeCloseTo(vectors[0]?.[0] ?? Number.NaN, 6);
  expect((await embed({ input: [1, 2, 3] })).usage.prompt_tokens).toBe(3);
  expect((await embed({ input: [[1, 2], [3]] })).data).toHaveLength(2);
});

test('bad requests get OpenAI errors that name the field', async () => {
  const broken = await post(`${simulator.url}/chat/completions`, '{"model":');
  expect(broken.status).toBe(400);
  const wrong = await chat({ max_tokens: -1 });
  expect(wrong.status).toBe(400);
  expect(parse(errorSchema, wrong.body).error).toMatchObject({
    type: 'invalid_request_error',
    param: 'max_tokens',
  });
  expect((await post(`${simulator.url}/nothing`, {})).status).toBe(404);
});

test('with an API key set, another bearer is refused', async () => {
  const guarded = await startSimulator({ pace: 0, apiKey: 'sk-right' });
  const call = (authorization: string) =>
    post(
      `${guarded.url}/chat/completions`,
      { model: 'm', messages: question },
      { headers: { authorization } },
    );
  try {
    expect((await call('Bearer sk-wrong')).status).toBe(401);
    expect((await call('Bearer sk-right')).status).toBe(200);
  } finally {
    await guarded.close();
  }
});
