import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, embedMany, generateText, Output, stepCountIs, streamText, tool } from 'ai';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { overBothAdapters } from '../helpers/built-gateway';
import { until } from '../helpers/until';

overBothAdapters('the Vercel AI SDK', (gateway) => {
  const providerOf = ({ apiKey }: { readonly apiKey: string }) =>
    createOpenAICompatible({
      name: 'tallygate',
      baseURL: gateway().baseUrl,
      apiKey,
      includeUsage: true,
      supportsStructuredOutputs: true,
    });
  const newModel = async () => providerOf(await gateway().admin.newTenant())('sim-fast');
  const prompt = 'Tell me of the harbour.';
  const common = { maxRetries: 0, maxOutputTokens: 30 } as const;
  const weather = tool({
    description: 'The weather in a place.',
    inputSchema: z.object({ place: z.string() }),
    execute: async ({ place }) => ({ place, degrees: 21 }),
  });

  it('generates text, with usage and headers', async () => {
    const { text, usage, response } = await generateText({
      ...common,
      model: await newModel(),
      prompt,
      headers: { 'x-trace-id': 'ai-1' },
    });
    expect(text).toMatch(/\w/);
    expect(usage.outputTokens).toBe(30);
    expect(response.headers).toMatchObject({ 'x-trace-id': 'ai-1' });
  });

  it('streams text, with usage', async () => {
    const result = streamText({ ...common, model: await newModel(), prompt });
    const pieces: string[] = [];
    for await (const piece of result.textStream) pieces.push(piece);
    expect(pieces.length).toBeGreaterThan(5);
    expect(pieces.join('')).toBe(await result.text);
    expect((await result.usage).outputTokens).toBe(30);
    expect(await result.finishReason).toBe('length');
  });

  it('calls a tool, runs it and goes on, at once and streamed', async () => {
    const model = await newModel();
    const asked = { ...common, maxOutputTokens: 100, model, tools: { weather } };
    const told = { ...asked, prompt: 'Please call the tool.', stopWhen: stepCountIs(3) };
    const { steps, text } = await generateText(told);
    expect(steps[0]?.toolResults[0]?.output).toMatchObject({ degrees: 21 });
    expect(text).toMatch(/\w/);
    const streamed = streamText(told);
    expect((await streamed.steps)[0]?.toolResults[0]?.output).toMatchObject({ degrees: 21 });
    expect(await streamed.text).toMatch(/\w/);
  });

  it('gets structured output that satisfies its schema', async () => {
    const schema = z.object({ city: z.string(), population: z.int(), tags: z.array(z.string()) });
    const { output } = await generateText({
      ...common,
      maxOutputTokens: 400,
      model: await newModel(),
      prompt,
      output: Output.object({ schema }),
    });
    expect(schema.safeParse(output).success).toBe(true);
  });

  it('embeds', async () => {
    const provider = providerOf(await gateway().admin.newTenant());
    const model = provider.embeddingModel('sim-embed');
    const { embeddings, usage } = await embedMany({ model, values: ['a', 'b'], maxRetries: 0 });
    expect(embeddings).toHaveLength(2);
    expect(usage.tokens).toBeGreaterThan(0);
  });

  it('lets the upstream go when it aborts', async () => {
    const { simulator } = gateway();
    const aborted = simulator.stats().abortedRequests;
    const client = new AbortController();
    const result = streamText({
      ...common,
      model: await newModel(),
      prompt: '[[sim: {"outputTokens": 200, "hangAfterTokens": 10}]]',
      abortSignal: client.signal,
      onError: () => undefined,
    });
    let pieces = 0;
    for await (const part of result.fullStream) {
      if (part.type === 'text-delta') pieces += 1;
      if (pieces === 5) client.abort();
    }
    const isGone = () => simulator.stats().abortedRequests > aborted;
    await until('the upstream to be let go', isGone, 1_000);
  });

  it('gives an error with status, message and whether to retry', async () => {
    const limited = await gateway().admin.newTenant({}, { rpm: 1 });
    const ask = (apiKey: string, model = 'sim-fast') =>
      generateText({ ...common, model: providerOf({ apiKey })(model), prompt }).catch(
        (error: unknown) => error,
      );
    await ask(limited.apiKey);
    const outcomes = [
      await ask(limited.apiKey),
      await ask('tg-nobody'),
      await ask(limited.apiKey, 'no-such-model'),
    ].map((error) => {
      if (!APICallError.isInstance(error)) throw error;
      return [error.statusCode, error.isRetryable, error.message.length > 10];
    });
    expect(outcomes).toEqual([
      [429, true, true],
      [401, false, true],
      [404, false, true],
    ]);
  });
});
