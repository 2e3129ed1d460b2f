import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deltaText } from '@/server/openai/answer-text';
import { ChunkTemplate } from '@/server/openai/chunk-template';
import { readObject } from '@/server/openai/read-object';
import { SseParser } from '@/server/openai/sse';

const chunkOf = (delta: object, over: object = {}): string =>
  JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason: null }],
    ...over,
  });

const eventOf = (data: string): Buffer => Buffer.from(`data: ${data}\n\n`);

function learntFrom(raw: Uint8Array, data: string): ChunkTemplate {
  const template = new ChunkTemplate();
  template.learn(raw, deltaText(readObject(data) ?? {}));
  return template;
}

const learnt = (data: string): ChunkTemplate => learntFrom(eventOf(data), data);

/** The text of an event that is like the one learnt; null: it is not. */
function textIn(raw: Uint8Array, { frame }: ChunkTemplate): string | null {
  const parser = new SseParser();
  parser.feed(raw);
  const run = frame === null ? null : parser.nextRun(frame, Number.POSITIVE_INFINITY);
  return run === null || run.raw.length < raw.length ? null : run.text;
}

describe('a chunk like one that was read', () => {
  test('gives its text without being read as JSON', () => {
    const template = learnt(chunkOf({ content: 'Hello' }));
    expect(textIn(eventOf(chunkOf({ content: ' 世界' })), template)).toBe(' 世界');
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
    expect(textIn(eventOf(data), learnt(chunkOf({ content: 'Hello' })))).toBeNull();
  });

  test.each([
    ['its lines end in CRLF', 'data: ', '\r\n\r\n'],
    ['its data follows no blank', 'data:', '\n\n'],
    ['it has a name', 'event: delta\ndata: ', '\n\n'],
  ])('is known by what stands around it where %s', (_what, lead, tail) => {
    const rawOf = (data: string) => Buffer.from(lead + data + tail);
    const hello = chunkOf({ content: 'Hello' });
    const template = learntFrom(rawOf(hello), hello);
    expect(textIn(rawOf(chunkOf({ content: 'é 世界' })), template)).toBe('é 世界');
    expect(textIn(eventOf(chunkOf({ content: 'x' })), template)).toBeNull();
  });

  test.each([
    ['begins with the end of the line before', '\ndata: ', '\n\n'],
    ['may end in a line feed that is yet to come', 'data: ', '\r\r'],
  ])('is not learnt where it %s', (_what, lead, tail) => {
    const hello = chunkOf({ content: 'Hello' });
    expect(learntFrom(Buffer.from(lead + hello + tail), hello).frame).toBeNull();
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
    expect(learnt(data).frame).toBeNull();
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
          const found = textIn(eventOf(data), template);
          if (found === null) continue;
          const pieces = found === '' ? [] : [{ track: template.track, text: found }];
          expect(deltaText(readObject(data) ?? {})).toEqual(pieces);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
