import OpenAI from 'openai';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TestTenant } from '../helpers/admin-client';
import { overBothAdapters } from '../helpers/built-gateway';
import { until } from '../helpers/until';

const WEATHER: OpenAI.ChatCompletionTool = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather in a place.',
    parameters: {
      type: 'object',
      properties: { place: { type: 'string' }, unit: { enum: ['C', 'F'] } },
      required: ['place', 'unit'],
      additionalProperties: false,
    },
  },
};
const messages: OpenAI.ChatCompletionMessageParam[] = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'Tell me of the harbour.' },
];
const model = 'sim-fast';

overBothAdapters('the OpenAI SDK', (gateway) => {
  let tenant: TestTenant;
  let client: OpenAI;
  beforeAll(async () => {
    tenant = await gateway().admin.newTenant();
    client = clientOf(tenant);
  });
  const clientOf = ({ apiKey }: { readonly apiKey: string }, baseURL = gateway().baseUrl) =>
    new OpenAI({ baseURL, apiKey, maxRetries: 0 });

  it('completes a chat, and hands out the reply’s headers', async () => {
    const {
      data,
      response,
      request_id: requestId,
    } = await client.chat.completions
      .create({ model, messages, max_tokens: 20 }, { headers: { 'x-trace-id': 'sdk-1' } })
      .withResponse();
    expect(data.choices[0]?.message.content).toMatch(/\w/);
    expect(data.usage?.completion_tokens).toBe(20);
    expect(requestId).toBe(response.headers.get('x-request-id'));
    expect(response.headers.get('x-trace-id')).toBe('sdk-1');
    expect(Number(response.headers.get('x-tallygate-cost'))).toBeGreaterThan(0);
  });

  it('works with the alias as its base URL, with and without a slash at the end', async () => {
    for (const base of ['/v1', '/v1/', '/api/v1/']) {
      const list = await clientOf(tenant, `${gateway().origin}${base}`).models.list();
      expect(list.data.map((each) => each.id)).toContain(model);
    }
  });

  it('streams a chat, with its usage when asked for and without otherwise', async () => {
    const read = async (options: { stream_options?: OpenAI.ChatCompletionStreamOptions }) => {
      const stream = await client.chat.completions.create({
        model,
        messages,
        max_tokens: 25,
        stream: true,
        ...options,
      });
      let text = '';
      let usage: OpenAI.CompletionUsage | null = null;
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta.content ?? '';
        usage = chunk.usage ?? usage;
      }
      return { text, tokens: usage?.completion_tokens };
    };
    const asked = await read({ stream_options: { include_usage: true } });
    const unasked = await read({});
    expect(asked.text).toMatch(/\w/);
    expect(asked).toEqual({ text: unasked.text, tokens: 25 });
    expect(unasked.tokens).toBeUndefined();
  });

  it('calls a tool and goes on with its result', async () => {
    const asked = await client.chat.completions.create({
      model,
      messages,
      tools: [WEATHER],
      tool_choice: 'required',
      max_tokens: 100,
    });
    const message = asked.choices[0]?.message;
    const call = message?.tool_calls?.[0];
    if (message === undefined || call?.type !== 'function') throw new Error('no tool call');
    expect(asked.choices[0]?.finish_reason).toBe('tool_calls');
    expect(call.function.name).toBe('get_weather');
    expect(JSON.parse(call.function.arguments)).toEqual({
      place: expect.any(String),
      unit: expect.stringMatching(/^[CF]$/),
    });
    const result = { role: 'tool', tool_call_id: call.id, content: '21 degrees' } as const;
    const answered = await client.chat.completions.create({
      model,
      tools: [WEATHER],
      messages: [...messages, message, result],
      max_tokens: 30,
    });
    expect(answered.choices[0]?.message.content).toMatch(/\w/);
  });

  it('streams a tool call, gathered by its stream helper', async () => {
    const stream = client.chat.completions.stream({
      model,
      messages,
      tools: [WEATHER],
      tool_choice: { type: 'function', function: { name: 'get_weather' } },
      max_tokens: 100,
    });
    const { choices } = await stream.finalChatCompletion();
    const call = choices[0]?.message.tool_calls?.[0];
    if (call?.type !== 'function') throw new Error('no tool call');
    expect(JSON.parse(call.function.arguments)).toHaveProperty('place');
  });

  it('embeds, as numbers and as the base64 that it asks for by itself', async () => {
    const input = ['a harbour', 'a lighthouse'];
    const packed = await client.embeddings.create({ model: 'sim-embed', input });
    const plain = await client.embeddings.create({
      model: 'sim-embed',
      input,
      encoding_format: 'float',
    });
    expect(plain.data).toHaveLength(2);
    expect(packed.data[1]?.embedding).toHaveLength(plain.data[1]?.embedding.length ?? -1);
    expect(packed.usage).toEqual(plain.usage);
  });

  it('lists models and retrieves one', async () => {
    const ids: string[] = [];
    for await (const each of client.models.list()) ids.push(each.id);
    expect(ids).toEqual(['sim-embed', 'sim-fast', 'sim-standard']);
    expect(await client.models.retrieve(model)).toMatchObject({ id: model, object: 'model' });
  });

  it('lets the upstream go when it aborts a stream', async () => {
    const buyer = await gateway().admin.newTenant();
    const { simulator, admin } = gateway();
    const aborted = simulator.stats().abortedRequests;
    const content = '[[sim: {"outputTokens": 200, "hangAfterTokens": 10}]]';
    const stream = await clientOf(buyer).chat.completions.create({
      model,
      stream: true,
      messages: [{ role: 'user', content }],
    });
    let chunks = 0;
    for await (const _ of stream) {
      chunks += 1;
      if (chunks === 10) stream.controller.abort();
    }
    const isGone = () => simulator.stats().abortedRequests > aborted;
    await until('the upstream to be let go', isGone, 1_000);
    await until('the charge', async () => {
      const [charge] = await admin.charges(buyer.id);
      return charge?.status === 'COMMITTED' && charge.outputTokens <= 10;
    });
  });

  describe('gives an error as the class that its users catch:', () => {
    const ask = (of: OpenAI, fields: Partial<OpenAI.ChatCompletionCreateParamsNonStreaming> = {}) =>
      of.chat.completions
        .create({ model, messages, max_tokens: 20, ...fields })
        .catch((error: unknown) => error);

    it('400, 401, 403, 404', async () => {
      const bound = await gateway().admin.newTenant({}, { allowedModels: ['sim-standard'] });
      const bad = await ask(client, { n: 0 });
      expect(bad).toBeInstanceOf(OpenAI.BadRequestError);
      expect(bad).toMatchObject({
        status: 400,
        param: 'n',
        code: 'invalid_field',
        type: 'invalid_request_error',
        requestID: expect.stringMatching(/^[0-9a-f-]{36}$/),
        message: expect.stringContaining('n: must be'),
      });
      const stranger = await ask(clientOf({ apiKey: 'tg-nobody' }));
      expect(stranger).toBeInstanceOf(OpenAI.AuthenticationError);
      expect(await ask(clientOf(bound))).toBeInstanceOf(OpenAI.PermissionDeniedError);
      expect(await ask(client, { model: 'nope' })).toBeInstanceOf(OpenAI.NotFoundError);
    });

    it('402, 409, 429', async () => {
      const poor = await gateway().admin.newTenant({ balance: '1' });
      expect(await ask(clientOf(poor))).toMatchObject({ status: 402, code: 'insufficient_quota' });
      const named = (of: OpenAI, seed: number) =>
        of.chat.completions
          .create({ model, messages, seed, max_tokens: 5 }, { headers: { 'x-trace-id': 'sdk-2' } })
          .catch((error: unknown) => error);
      await named(client, 1);
      const conflict = await named(client, 2);
      expect(conflict).toBeInstanceOf(OpenAI.ConflictError);
      const limited = await gateway().admin.newTenant({}, { rpm: 1 });
      await ask(clientOf(limited));
      const refused = await ask(clientOf(limited));
      expect(refused).toBeInstanceOf(OpenAI.RateLimitError);
      expect(refused).toMatchObject({ code: 'rate_limit_exceeded' });
    });

    it('5xx, and an error in the middle of a stream', async () => {
      const content = '[[sim: {"status": 500}]]';
      const broken = await ask(client, { messages: [{ role: 'user', content }] });
      expect(broken).toBeInstanceOf(OpenAI.InternalServerError);
      expect(broken).toMatchObject({ status: 502, code: 'upstream_error' });
      const dying = '[[sim: {"outputTokens": 30, "dieAfterTokens": 5}]]';
      const stream = await client.chat.completions.create({
        model,
        stream: true,
        messages: [{ role: 'user', content: dying }],
      });
      const read = async () => {
        for await (const chunk of stream) expect(chunk.object).toBe('chat.completion.chunk');
      };
      await expect(read()).rejects.toMatchObject({ code: 'upstream_error' });
    });

    it('and retries by itself what may be retried, without a second charge', async () => {
      const buyer = await gateway().admin.newTenant();
      const { baseUrl: baseURL, simulator, admin } = gateway();
      simulator.script({ script: { status: 500 }, times: 2 });
      const retrying = new OpenAI({ baseURL, apiKey: buyer.apiKey, maxRetries: 2 });
      const { choices } = await retrying.chat.completions.create({
        model,
        messages,
        max_tokens: 20,
      });
      expect(choices).toHaveLength(1);
      const charges = await admin.charges(buyer.id);
      expect(charges.filter((charge) => charge.status === 'COMMITTED')).toHaveLength(1);
    });
  });
});
