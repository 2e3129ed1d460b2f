import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deltaText } from '@/server/openai/answer-text';
import { ChunkTemplate } from '@/server/openai/chunk-template';
import { readObject } from '@/server/openai/read-object';

const chunkOf = (delta: object, over: object = {}): string =>
  JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason: null }],
    ...over,
  });

function learnt(data: string): ChunkTemplate {
  const template = new ChunkTemplate();
  template.learn(data, deltaText(readObject(data) ?? {}));
  return template;
}

describe('a chunk like one that was read', () => {
  test('gives its text without being read as JSON', () => {
    const template = learnt(chunkOf({ content: 'Hello' }));
    expect(template.textOf(chunkOf({ content: ' 世界' }))).toBe(' 世界');
    expect(template.track).toBe('0:content');
  });

  test.each([
    [
      'says why it ends',
      chunkOf({ content: 'x' }, { choices: [{ index: 0, finish_reason: 'stop' }] }),
    ],
    ['has an escape in its text', chunkOf({ content: 'a\nb' })],
    ['has a quote in its text', chunkOf({ content: '","error":"' })],
    ['adds a text of another kind', chunkOf({ reasoning_content: 'x' })],
    ['says more after its text', chunkOf({ content: 'x', refusal: 'y' })],
    ['is cut short', chunkOf({ content: 'x' }).slice(0, -1)],
    ['is shorter than what stands around a text', '{"choices":[]}'],
  ])('is read as JSON where it %s', (_what, data) => {
    expect(learnt(chunkOf({ content: 'Hello' })).textOf(data)).toBeNull();
  });

  test.each([
    ['its text stands there twice', chunkOf({ role: 'assistant', content: 'assistant' })],
    ['it adds two texts', chunkOf({ content: 'a', refusal: 'b' })],
    ['it adds none', chunkOf({ role: 'assistant', content: '' })],
    ['its text is written in escapes', chunkOf({ content: 'x' }).replace('"x"', '"\\u0078"')],
    [
      'what reads as its text is overridden',
      '{"choices":"x","choices":[{"delta":{"content":"x"}}]}',
    ],
  ])('is not learnt where %s', (_what, data) => {
    expect(learnt(data).textOf(data)).toBeNull();
  });

  test('always means what JSON says it means', () => {
    const word = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('a', 'b'));
    const delta = fc.record(
      { role: word, content: word, refusal: word, reasoning: word, reasoning_content: word },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(delta, fc.array(delta, { maxLength: 6 }), word, (first, others, text) => {
        const template = learnt(chunkOf(first));
        for (const other of [
          ...others,
          { ...first, content: text },
          { ...first, reasoning: text },
        ]) {
          const data = chunkOf(other);
          const found = template.textOf(data);
          if (found === null) continue;
          const pieces = found === '' ? [] : [{ track: template.track, text: found }];
          expect(deltaText(readObject(data) ?? {})).toEqual(pieces);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
