import { expect, it } from 'vitest';
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
