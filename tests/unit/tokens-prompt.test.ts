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

const GUESS = { vocabulary: 'o200k_base', known: false, isOpenAiFormat: false };

const countOf = (messages: unknown, fields: object = {}) =>
  countChatPrompt(counter, { messages, ...fields });

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
    expect(vocabularyFor(null, model)).toEqual({ vocabulary, known: true, isOpenAiFormat: true });
  });

  it.each(['claude-sonnet-5', 'llama-3', 'o1abc', 'gpt-45', ''])(
    'guesses for %j, and says so',
    (model) => {
      expect(vocabularyFor(null, model)).toEqual(GUESS);
    },
  );

  it('believes the catalogue before the name', () => {
    expect(vocabularyFor('cl100k_base', 'gpt-4o')).toEqual({
      vocabulary: 'cl100k_base',
      known: true,
      isOpenAiFormat: true,
    });
    expect(vocabularyFor('other', 'gpt-4o')).toEqual(GUESS);
  });

  it.each([
    ['o200k_harmony', 'mine'],
    [null, 'openai/gpt-oss-120b'],
    ['o200k_base', 'gpt-oss-20b'],
  ])('%s, %s: knows the words, and that a template adds its own', (tokenizer, model) => {
    expect(vocabularyFor(tokenizer, model)).toEqual({
      vocabulary: 'o200k_base',
      known: true,
      isOpenAiFormat: false,
    });
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
    expect(await countChatPrompt(counter, { messages })).toEqual({
      tokens: expected,
      tokensMax: expected,
      estimated: false,
    });
  });

  it('counts text parts like the same text', async () => {
    const plain = await countOf([{ role: 'user', content: 'Hello there' }]);
    const parts = [{ role: 'user', content: [{ type: 'text', text: 'Hello there' }] }];
    expect(await countOf(parts)).toEqual(plain);
  });

  it.each([
    [{ type: 'image_url', image_url: { url: 'data:,', detail: 'low' } }, 85],
    [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }, 765],
    [{ type: 'image_url', image_url: { url: 'data:,', detail: 'high' } }, 765],
    [{ type: 'input_audio', input_audio: { data: 'A'.repeat(40), format: 'mp3' } }, 1],
    [{ type: 'file', file: { file_id: 'file-1' } }, 100],
  ])('estimates %o on the high side', async (part, tokensMin) => {
    const without = await countOf([{ role: 'user', content: [] }]);
    const count = await countOf([{ role: 'user', content: [part] }]);
    expect(count.estimated).toBe(true);
    expect(count.tokens - without.tokens).toBeGreaterThanOrEqual(tokensMin);
  });

  it('adds tools, functions and a schema by their text, as an estimate', async () => {
    const messages = [{ role: 'user', content: 'hi' }];
    const tool = {
      type: 'function',
      function: { name: 'weather', parameters: { type: 'object' } },
    };
    const base = await countOf(messages, { tools: [], response_format: { type: 'text' } });
    expect(base).toEqual(await countOf(messages));
    const size = counter.count(JSON.stringify(tool));
    for (const count of [
      await countOf(messages, { tools: [tool] }),
      await countOf(messages, { functions: [tool] }),
      await countOf(messages, { tools: null, response_format: tool }),
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
          const count = await countOf(messages, { tools, response_format: rest, ours: rest });
          expect(count.tokens).toBeGreaterThanOrEqual(3);
          expect(Number.isSafeInteger(count.tokens)).toBe(true);
          expect(count.tokensMax).toBeGreaterThanOrEqual(count.tokens);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('bounds a value that is nested too deeply for JSON.stringify', async () => {
    const depth = 50_000;
    const deep: unknown = JSON.parse('['.repeat(depth) + ']'.repeat(depth));
    const count = await countOf(deep);
    expect(count.estimated).toBe(true);
    expect(count.tokens).toBeGreaterThanOrEqual(depth / 64);
  });

  it('stops when its signal is aborted', async () => {
    const messages = [{ role: 'user', content: 'many different words, '.repeat(200_000) }];
    const signal = AbortSignal.abort(new Error('gone'));
    await expect(countChatPrompt(counter, { messages }, { signal })).rejects.toThrow('gone');
  });
});

describe('the most that an upstream can bill of a prompt', () => {
  const part = (content: object) => countOf([{ role: 'user', content: [content] }]);
  const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

  it('is the count itself where all of it is text in a known vocabulary', async () => {
    const { tokens, tokensMax } = await countOf([{ role: 'user', name: 'ada', content: 'Hello' }]);
    expect(tokensMax).toBe(tokens);
  });

  it('is for an image what the dearest family takes, whatever its address or bytes', async () => {
    const { tokensMax: none } = await countOf([{ role: 'user', content: [] }]);
    const image_url = { url: 'https://example.com/a.png' };
    expect((await part({ type: 'image_url', image_url })).tokensMax).toBe(none + 48_169);
    const low = { type: 'image_url', image_url: { ...image_url, detail: 'low' } };
    expect((await part(low)).tokensMax).toBe(none + 2_833);
    // OpenAI reads it in its own place only.
    const misplaced = { type: 'image_url', image_url, detail: 'low' };
    expect((await part(misplaced)).tokensMax).toBe(none + 48_169);
    const billing = { isVocabularyKnown: true, isOpenAiFormat: false };
    const messages = [{ role: 'user', content: [low] }];
    const elsewhere = await countChatPrompt(counter, { messages }, { billing });
    expect(elsewhere.tokensMax).toBeGreaterThan(48_169);
  });

  it.each([
    ['sound', { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }],
    ['a file', { type: 'file', file: { file_data: 'data:application/pdf;base64,AAAA' } }],
    ['a file that was sent before', { type: 'file', file: { file_id: 'file-1' } }],
    ['a film', { type: 'video_url', video_url: { url: 'https://example.com/a.mp4' } }],
    ['a part without a type', { image: 'AAAA' }],
  ])('is for %s nothing less than the window', async (_what, content) => {
    const count = await part(content);
    expect(count.tokensMax).toBe(Number.POSITIVE_INFINITY);
    expect(Number.isSafeInteger(count.tokens)).toBe(true);
  });

  it.each([
    ['what was spoken before', { messages: [{ role: 'assistant', audio: { id: 'audio_1' } }] }],
    ['a search', { messages: [], web_search_options: {} }],
    ['a tool that the upstream runs', { messages: [], tools: [{ type: 'web_search' }] }],
  ])('is for %s nothing less than the window', async (_what, body) => {
    expect((await countChatPrompt(counter, body)).tokensMax).toBe(Number.POSITIVE_INFINITY);
  });

  it('is for tools and schemas twice the bytes of their JSON, as nobody tells how they are laid out', async () => {
    const { tokensMax: base } = await countOf([]);
    const tool = { type: 'function', function: { name: 'f', parameters: { enum: [1, 2, 3] } } };
    for (const fields of [{ tools: [tool] }, { functions: [tool] }, { response_format: tool }]) {
      const { tokensMax } = await countOf([], fields);
      expect(tokensMax).toBeGreaterThanOrEqual(base + 2 * bytes(tool));
      expect(tokensMax).toBeLessThan(base + 2 * bytes(tool) + 64);
    }
    const calls = [{ id: 'call_1', function: { name: 'f', arguments: '{"a":1}' } }];
    const called = await countOf([{ role: 'assistant', tool_calls: calls }]);
    expect(called.tokensMax).toBeGreaterThanOrEqual(base + 2 * bytes(calls));
  });

  it('covers a JSON value on many lines, indented, with every character escaped', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ stringUnit: 'grapheme' }), async (value) => {
        const laidOut = JSON.stringify(value, null, 4).replace(/[^ -~\n]/g, (unit) => {
          return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
        });
        const tokens = await counter.countSliced(laidOut);
        expect(tokens).toBeLessThanOrEqual(2 * bytes(value) + 1);
      }),
      { numRuns: 500 },
    );
  });

  it('has room for fields of a vendor’s own, which the count leaves out', async () => {
    const base = await countOf([]);
    const documents = ['first', 'second'];
    const count = await countOf([], { documents, temperature: 1, metadata: { a: 'b' } });
    expect(count.tokens).toBe(base.tokens);
    expect(count.tokensMax).toBe(base.tokensMax + 2 * bytes(documents));
  });

  it('is in an unknown vocabulary a token for each byte, and what a template may add', async () => {
    const billing = { isVocabularyKnown: false, isOpenAiFormat: false };
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: codePoint })), async (texts) => {
        const messages = texts.map((content) => ({ role: 'user', content }));
        const { tokensMax } = await countChatPrompt(counter, { messages }, { billing });
        const size = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
        expect(tokensMax).toBeGreaterThanOrEqual(size + 256 + 16 * texts.length);
        const ids = await countEmbeddingInput(counter, { input: texts }, { billing });
        expect(ids.tokensMax).toBe(size + 4 * texts.length);
      }),
      { numRuns: 200 },
    );
  });
});

describe('countEmbeddingInput', () => {
  it('counts texts and token ids', async () => {
    const exact = (tokens: number) => ({ tokens, tokensMax: tokens, estimated: false });
    expect(await countEmbeddingInput(counter, { input: 'hello world' })).toEqual(exact(2));
    expect(await countEmbeddingInput(counter, { input: ['hello world', 'hello'] })).toEqual(
      exact(3),
    );
    expect(await countEmbeddingInput(counter, { input: [1, 2, 3] })).toEqual(exact(3));
    expect(await countEmbeddingInput(counter, { input: [[1, 2], [3], []] })).toEqual(exact(3));
  });

  it('takes any JSON without throwing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (input) => {
        expect((await countEmbeddingInput(counter, { input })).tokens).toBeGreaterThanOrEqual(0);
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
