import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readUsage } from '@/server/openai/usage';

const chat = (usage: unknown, contextWindow: number | null = null) =>
  readUsage('chat.completions', { usage }, contextWindow);
const figures = (
  inputTokens: number,
  outputTokens: number,
  cachedTokens = 0,
  reasoningTokens = 0,
) => ({
  kind: 'reported',
  usage: { inputTokens, outputTokens, cachedTokens, reasoningTokens },
});

describe('what an upstream says of its usage', () => {
  test('is read with the cached and the reasoning share', () => {
    const usage = {
      prompt_tokens: 10,
      completion_tokens: 20,
      total_tokens: 30,
      prompt_tokens_details: { cached_tokens: 4 },
      completion_tokens_details: { reasoning_tokens: 5 },
    };
    expect(chat(usage)).toEqual(figures(10, 20, 4, 5));
  });

  test('a reported zero is zero', () => {
    expect(chat({ prompt_tokens: 0, completion_tokens: 0 })).toEqual(figures(0, 0));
  });

  test('the names of the newer API are read too', () => {
    expect(chat({ input_tokens: 3, output_tokens: 4 })).toEqual(figures(3, 4));
  });

  test.each([undefined, null])('%s is missing', (usage) => {
    expect(chat(usage)).toEqual({ kind: 'missing' });
  });

  test.each([
    ['negative', { prompt_tokens: -1, completion_tokens: 1 }],
    ['fractional', { prompt_tokens: 1.5, completion_tokens: 1 }],
    ['infinite', { prompt_tokens: 1, completion_tokens: Number.POSITIVE_INFINITY }],
    ['not a number', { prompt_tokens: Number.NaN, completion_tokens: 1 }],
    ['text', { prompt_tokens: '1', completion_tokens: 1 }],
    ['beyond exact integers', { prompt_tokens: 2 ** 53, completion_tokens: 1 }],
    ['beyond any model', { prompt_tokens: 1, completion_tokens: 100_000_001 }],
    ['half there', { prompt_tokens: 1 }],
    ['the other half', { completion_tokens: 1 }],
    ['empty', {}],
    ['a list', []],
    ['a word', 'free'],
  ])('figures that are %s are absurd', (_what, usage) => {
    expect(chat(usage)).toEqual({ kind: 'absurd' });
  });

  test('above the window of the model they are absurd, at the window they are not', () => {
    expect(chat({ prompt_tokens: 128, completion_tokens: 128 }, 128)).toEqual(figures(128, 128));
    expect(chat({ prompt_tokens: 129, completion_tokens: 1 }, 128)).toEqual({ kind: 'absurd' });
    expect(chat({ prompt_tokens: 1, completion_tokens: 129 }, 128)).toEqual({ kind: 'absurd' });
  });

  test.each([-1, 11, 1.5, '4', Number.NaN, null])(
    'a cached share of %j, which cannot be, makes nothing cheaper',
    (cached_tokens) => {
      const usage = {
        prompt_tokens: 10,
        completion_tokens: 20,
        prompt_tokens_details: { cached_tokens },
      };
      expect(chat(usage)).toEqual(figures(10, 20, 0));
    },
  );

  test('an embedding has no output to speak of', () => {
    const usage = { prompt_tokens: 8, total_tokens: 8 };
    expect(readUsage('embeddings', { usage }, null)).toEqual(figures(8, 0));
  });

  test('whatever is sent, billed figures are whole, not negative, and within the window', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (a, b, c, d) => {
        const reply = chat(
          {
            prompt_tokens: a,
            completion_tokens: b,
            prompt_tokens_details: { cached_tokens: c },
            completion_tokens_details: { reasoning_tokens: d },
          },
          1_000,
        );
        if (reply.kind !== 'reported') return;
        for (const figure of Object.values(reply.usage)) {
          expect(Number.isInteger(figure) && figure >= 0 && figure <= 1_000).toBe(true);
        }
        expect(reply.usage.cachedTokens).toBeLessThanOrEqual(reply.usage.inputTokens);
        expect(reply.usage.reasoningTokens).toBeLessThanOrEqual(reply.usage.outputTokens);
      }),
      { numRuns: 1_000 },
    );
  });
});
