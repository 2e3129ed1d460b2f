import { describe, expect, it } from 'vitest';
import { TallygateError } from '@/server/domain/errors';
import { estimate } from '@/server/gateway/estimate';
import { parseAnswerRequest } from '@/server/openai/request';
import { createTokenMeters } from '@/server/upstream/token-meters';

const UNBOUNDED = {
  id: 'sim-fast',
  price: { input: 150_000_000_000n, output: 600_000_000_000n, cachedInput: null },
  contextWindow: null,
  maxOutputTokens: null,
  tokenizer: null,
  usagePolicy: 'counted',
  createdAtMs: 0,
} as const;

async function estimated(fields: object, model: object = {}) {
  const messages = [{ role: 'user', content: 'Hello' }];
  const body = Buffer.from(JSON.stringify({ model: 'sim-fast', messages, ...fields }));
  const meter = await createTokenMeters().forModel('sim-fast', null);
  const request = parseAnswerRequest('chat.completions', body);
  return await estimate({ ...UNBOUNDED, ...model }, meter, request);
}

it('more output than a row of the ledger can say is refused by name, before anything is held', async () => {
  const asked = estimated({ max_tokens: 100_000_000, n: 128 });
  await expect(asked).rejects.toThrow(TallygateError);
  await expect(asked).rejects.toMatchObject({ code: 'invalid_field', param: 'max_tokens' });
  const { demand } = await estimated({ max_tokens: 100_000_000, n: 10 });
  expect(demand.maxTokens).toBeLessThan(2 ** 31);
});

it('a model without bounds worth the name is held for at most what a row can say', async () => {
  const { demand } = await estimated({ n: 128 }, { contextWindow: 2_000_000_000 });
  expect(demand.maxTokens).toBe(2_000_000_000);
  expect(demand.minTokens).toBeLessThan(demand.maxTokens);
});

const PRICED = { price: { input: 2_000_000_000n, output: 3_000_000_000n, cachedInput: null } };

describe('what is held before anything is bought', () => {
  it('with max_tokens is the input and every token that may come, of every choice', async () => {
    const { demand, mode, inputTokens } = await estimated({ max_tokens: 100, n: 3 }, PRICED);
    const most = BigInt(inputTokens) * 2n + 300n * 3n;
    expect(mode).toBe('full');
    expect(demand).toEqual({
      minNano: most,
      maxNano: most,
      minTokens: inputTokens + 300,
      maxTokens: inputTokens + 300,
      rateTokens: inputTokens + 300,
    });
  });

  it('of a stream without it is the input and one slab of every choice', async () => {
    const { demand, mode, inputTokens } = await estimated({ stream: true, n: 2 }, PRICED);
    expect(mode).toBe('slabs');
    expect(demand.maxNano).toBe(BigInt(inputTokens) * 2n + 512n * 3n);
    expect(demand.minNano).toBe(demand.maxNano);
  });

  it('of a plain request without it is the most that the model gives, and at least 256 tokens', async () => {
    const { demand, mode, inputTokens } = await estimated(
      {},
      { ...PRICED, maxOutputTokens: 1_000 },
    );
    expect(mode).toBe('cap');
    expect(demand.maxNano).toBe(BigInt(inputTokens) * 2n + 1_000n * 3n);
    expect(demand.minNano).toBe(BigInt(inputTokens) * 2n + 256n * 3n);
  });

  it('of a model that gives less than a slab is no more than it gives', async () => {
    const small = { ...PRICED, maxOutputTokens: 10 };
    for (const fields of [{ stream: true }, {}]) {
      const { demand, inputTokens } = await estimated(fields, small);
      expect(demand.minTokens).toBe(inputTokens + 10);
      expect(demand.maxTokens).toBe(inputTokens + 10);
    }
  });

  it('never assumes a cache hit that is cheaper, and does assume one that is dearer', async () => {
    const priced = (cachedInput: bigint) => ({ price: { ...PRICED.price, cachedInput } });
    const { demand: cheap, inputTokens } = await estimated({ max_tokens: 1 }, priced(1n));
    expect(cheap.maxNano).toBe(BigInt(inputTokens) * 2n + 3n);
    const { demand: dear } = await estimated({ max_tokens: 1 }, priced(9_000_000_000n));
    expect(dear.maxNano).toBe(BigInt(inputTokens) * 9n + 3n);
  });

  it('of a model without a maximum is what its window takes, or 4,096 tokens that it has to be told of', async () => {
    const windowed = await estimated({}, { contextWindow: 1_000 });
    expect(windowed.demand.maxTokens).toBe(windowed.inputTokens + 1_000);
    expect(windowed.output).toMatchObject({
      isKept: true,
      askableTokens: 1_000 - windowed.inputTokens,
    });
    const { demand, inputTokens, output } = await estimated({});
    expect(demand.maxTokens).toBe(inputTokens + 4_096);
    expect(output).toMatchObject({ isKept: false, askableTokens: 4_096 });
  });

  it('of a stream that is billed by the upstream’s figures is the most that the model gives', async () => {
    const model = { ...PRICED, maxOutputTokens: 1_000, usagePolicy: 'upstream' };
    const { demand, mode, inputTokens } = await estimated({ stream: true, n: 2 }, model);
    expect(mode).toBe('cap');
    expect(demand).toMatchObject({
      minNano: BigInt(inputTokens) * 2n + 512n * 3n,
      maxNano: BigInt(inputTokens) * 2n + 2_000n * 3n,
      rateTokens: inputTokens + 512,
    });
  });

  it('of a file is the window of the model, and the count stays an estimate', async () => {
    const file = { type: 'file', file: { file_id: 'file-1' } };
    const messages = [{ role: 'user', content: [file] }];
    const { demand, inputTokens, inputTokensMax } = await estimated(
      { messages, max_tokens: 10 },
      { ...PRICED, contextWindow: 50_000 },
    );
    expect(inputTokensMax).toBe(50_000);
    expect(inputTokens).toBeLessThan(5_000);
    expect(demand.minNano).toBe(50_000n * 2n + 30n);
    const { inputTokensMax: ofNone } = await estimated({ messages, max_tokens: 10 });
    expect(ofNone).toBe(2 ** 21);
  });

  it('of a predicted answer is that prediction beside max_tokens: what of it is rejected is billed', async () => {
    const prediction = { type: 'content', content: 'x'.repeat(1_000) };
    const { demand, inputTokens } = await estimated({ max_tokens: 10, prediction }, PRICED);
    const predicted = BigInt(JSON.stringify(prediction).length);
    expect(demand.minNano).toBe(BigInt(inputTokens) * 2n + (10n + predicted) * 3n);
  });

  it('of an embedding is its input alone', async () => {
    const meter = await createTokenMeters().forModel('sim-embed', null);
    const body = Buffer.from(JSON.stringify({ model: 'sim-embed', input: 'Hello there' }));
    const model = { ...UNBOUNDED, ...PRICED };
    const { demand, inputTokens } = await estimate(
      model,
      meter,
      parseAnswerRequest('embeddings', body),
    );
    expect(inputTokens).toBeGreaterThan(0);
    expect(demand).toMatchObject({ maxNano: BigInt(inputTokens) * 2n, maxTokens: inputTokens });
  });

  it('of a model whose vocabulary is not known is bounded by the bytes of the request', async () => {
    const messages = [{ role: 'user', content: 'x'.repeat(4_000) }];
    const meter = await createTokenMeters().forModel('vendor-unknown', null);
    const body = Buffer.from(JSON.stringify({ model: 'vendor-unknown', messages }));
    const request = parseAnswerRequest('chat.completions', body);
    const { inputTokens, inputTokensMax } = await estimate(UNBOUNDED, meter, request);
    expect(meter.isKnown).toBe(false);
    expect(inputTokensMax).toBeGreaterThan(body.length);
    expect(inputTokens).toBeLessThan(4_000);
  });
});

describe('more max_tokens than the model can give', () => {
  it.each([
    [{ maxOutputTokens: 100 }, 101],
    [{ contextWindow: 100 }, 101],
    [{ maxOutputTokens: 100, contextWindow: 1_000 }, 101],
  ])('is refused by name: %j', async (model, max_tokens) => {
    await expect(estimated({ max_tokens }, model)).rejects.toMatchObject({
      code: 'invalid_field',
      param: 'max_tokens',
    });
    await expect(estimated({ max_tokens: max_tokens - 1 }, model)).resolves.toBeDefined();
  });

  it.each([{ max_completion_tokens: 101 }, { max_tokens: null, max_completion_tokens: 101 }])(
    'is refused by the name that the client gave it: %j',
    async (bound) => {
      await expect(estimated(bound, { maxOutputTokens: 100 })).rejects.toMatchObject({
        param: 'max_completion_tokens',
        message: expect.stringMatching(/^max_completion_tokens: /),
      });
    },
  );
});
