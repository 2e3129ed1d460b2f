import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  countChatPrompt,
  countEmbeddingInput,
  loadVocabulary,
  type TokenCounter,
  upperBound,
  vocabularyFor,
} from '../../src/server/upstream/tokens';

const codePoint = fc.integer({ min: 0, max: 0x10ffff }).map((point) => String.fromCodePoint(point));
let counter: TokenCounter;
beforeAll(async () => {
  counter = await loadVocabulary('o200k_base');
});

describe('vocabularyFor', () => {
  it.each([
    ['gpt-4o', 'o200k_base'],
    ['gpt-4o-mini-2024-07-18', 'o200k_base'],
    ['chatgpt-4o-latest', 'o200k_base'],
    ['gpt-4.1-nano', 'o200k_base'],
    ['gpt-5', 'o200k_base'],
    ['gpt-5.1-codex', 'o200k_base'],
    ['o1', 'o200k_base'],
    ['o3-mini', 'o200k_base'],
    ['o4-mini-2025-04-16', 'o200k_base'],
    ['sim-echo', 'o200k_base'],
    ['openai/gpt-4o', 'o200k_base'],
    ['ft:gpt-4o-mini:org::id', 'o200k_base'],
    ['gpt-4', 'cl100k_base'],
    ['gpt-4-0613', 'cl100k_base'],
    ['gpt-4-turbo', 'cl100k_base'],
    ['gpt-3.5-turbo', 'cl100k_base'],
    ['text-embedding-3-small', 'cl100k_base'],
  ])('knows that %s counts with %s', (model, vocabulary) => {
    expect(vocabularyFor(null, model)).toEqual({ vocabulary, known: true });
  });

  it.each(['claude-sonnet-5', 'llama-3', 'o1abc', 'gpt-45', ''])(
    'guesses for %j, and says so',
    (model) => {
      expect(vocabularyFor(null, model)).toEqual({ vocabulary: 'o200k_base', known: false });
    },
  );

  it('believes the catalogue before the name', () => {
    expect(vocabularyFor('cl100k_base', 'gpt-4o')).toEqual({
      vocabulary: 'cl100k_base',
      known: true,
    });
    expect(vocabularyFor('other', 'gpt-4o')).toEqual({ vocabulary: 'o200k_base', known: false });
  });
});

describe('countChatPrompt', () => {
  it("follows OpenAI's formula exactly for text messages", async () => {
    const messages = [
      { role: 'system', content: 'You are a helpful assistant.' },
      { role: 'user', name: 'ada', content: 'What is the capital of France?' },
    ];
    // To begin the reply, then for each message: around it, role, content; a name and one for it.
    const expected = 3 + (3 + 1 + 6) + (3 + 1 + 7 + counter.count('ada') + 1);
    expect(await countChatPrompt(counter, messages)).toEqual({
      tokens: expected,
      estimated: false,
    });
  });

  it('counts text parts like the same text', async () => {
    const plain = await countChatPrompt(counter, [{ role: 'user', content: 'Hello there' }]);
    const parts = [{ role: 'user', content: [{ type: 'text', text: 'Hello there' }] }];
    expect(await countChatPrompt(counter, parts)).toEqual(plain);
  });

  it.each([
    [{ type: 'image_url', image_url: { url: 'data:,', detail: 'low' } }, 85],
    [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }, 765],
    [{ type: 'image_url', image_url: { url: 'data:,', detail: 'high' } }, 765],
    [{ type: 'input_audio', input_audio: { data: 'A'.repeat(40), format: 'mp3' } }, 1],
    [{ type: 'file', file: { file_id: 'file-1' } }, 100],
  ])('estimates %o on the high side', async (part, tokensMin) => {
    const without = await countChatPrompt(counter, [{ role: 'user', content: [] }]);
    const count = await countChatPrompt(counter, [{ role: 'user', content: [part] }]);
    expect(count.estimated).toBe(true);
    expect(count.tokens - without.tokens).toBeGreaterThanOrEqual(tokensMin);
  });

  it('adds tools, functions and a schema by their text, as an estimate', async () => {
    const messages = [{ role: 'user', content: 'hi' }];
    const tool = {
      type: 'function',
      function: { name: 'weather', parameters: { type: 'object' } },
    };
    const base = await countChatPrompt(counter, messages, [], { responseFormat: { type: 'text' } });
    expect(base).toEqual(await countChatPrompt(counter, messages));
    const size = counter.count(JSON.stringify(tool));
    for (const count of [
      await countChatPrompt(counter, messages, [tool]),
      await countChatPrompt(counter, messages, undefined, { functions: [tool] }),
      await countChatPrompt(counter, messages, null, { responseFormat: tool }),
    ]) {
      expect(count.estimated).toBe(true);
      expect(count.tokens).toBeGreaterThan(base.tokens + size);
    }
  });

  it('takes any JSON without throwing, and never counts less than its texts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.jsonValue(),
        fc.jsonValue(),
        fc.jsonValue(),
        async (messages, tools, rest) => {
          const count = await countChatPrompt(counter, messages, tools, { responseFormat: rest });
          expect(count.tokens).toBeGreaterThanOrEqual(3);
          expect(Number.isSafeInteger(count.tokens)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('bounds a value that is nested too deeply for JSON.stringify', async () => {
    const depth = 50_000;
    const deep: unknown = JSON.parse('['.repeat(depth) + ']'.repeat(depth));
    const count = await countChatPrompt(counter, deep);
    expect(count.estimated).toBe(true);
    expect(count.tokens).toBeGreaterThanOrEqual(depth / 64);
  });

  it('stops when its signal is aborted', async () => {
    const messages = [{ role: 'user', content: 'many different words, '.repeat(200_000) }];
    const signal = AbortSignal.abort(new Error('gone'));
    await expect(countChatPrompt(counter, messages, undefined, { signal })).rejects.toThrow('gone');
  });
});

describe('countEmbeddingInput', () => {
  it('counts texts and token ids', async () => {
    const exact = (tokens: number) => ({ tokens, estimated: false });
    expect(await countEmbeddingInput(counter, 'hello world')).toEqual(exact(2));
    expect(await countEmbeddingInput(counter, ['hello world', 'hello'])).toEqual(exact(3));
    expect(await countEmbeddingInput(counter, [1, 2, 3])).toEqual(exact(3));
    expect(await countEmbeddingInput(counter, [[1, 2], [3], []])).toEqual(exact(3));
  });

  it('takes any JSON without throwing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (input) => {
        expect((await countEmbeddingInput(counter, input)).tokens).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

it('upperBound is never below the count', () => {
  fc.assert(
    fc.property(fc.string({ unit: codePoint }), (text) => {
      expect(upperBound(Buffer.byteLength(text))).toBeGreaterThanOrEqual(counter.count(text));
    }),
  );
});
