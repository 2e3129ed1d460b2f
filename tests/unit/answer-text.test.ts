import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deltaText, isUsageChunk, messageText } from '@/server/openai/answer-text';

const ofMessage = (message: unknown) => messageText({ choices: [{ index: 0, message }] });
const ofDelta = (delta: unknown) => deltaText({ choices: [{ index: 0, delta }] });

describe('all that an upstream bills as output is counted', () => {
  test.each([
    [{ content: 'Hello' }, [['0:content', 'Hello']]],
    [
      {
        content: [
          { type: 'text', text: 'He' },
          { type: 'text', text: 'llo' },
        ],
      },
      [
        ['0:content', 'He'],
        ['0:content', 'llo'],
      ],
    ],
    [{ content: null, refusal: 'No.' }, [['0:refusal', 'No.']]],
    [
      { reasoning_content: 'Hm', content: 'Yes' },
      [
        ['0:content', 'Yes'],
        ['0:reasoning', 'Hm'],
      ],
    ],
    [{ reasoning: 'Hm' }, [['0:reasoning', 'Hm']]],
    [
      { function_call: { name: 'f', arguments: '{}' } },
      [
        ['0:function', 'f'],
        ['0:function', '{}'],
      ],
    ],
    [
      {
        tool_calls: [
          { function: { name: 'a', arguments: '1' } },
          { function: { name: 'b', arguments: '2' } },
        ],
      },
      [
        ['0:tool0', 'a'],
        ['0:tool0', '1'],
        ['0:tool1', 'b'],
        ['0:tool1', '2'],
      ],
    ],
  ])('%j', (message, pieces) => {
    const wanted = pieces.map(([track, text]) => ({ track, text }));
    expect(ofMessage(message)).toEqual(wanted);
    expect(ofDelta(message)).toEqual(wanted);
  });

  test('reasoning that is sent under both names is one reasoning', () => {
    expect(ofDelta({ reasoning: 'Hm', reasoning_content: 'Hm' })).toEqual([
      { track: '0:reasoning', text: 'Hm' },
    ]);
  });

  test('each choice and each tool call runs on its own track, by its index', () => {
    const chunk = {
      choices: [
        { index: 1, delta: { content: 'b' } },
        {
          index: 0,
          delta: { content: 'a', tool_calls: [{ index: 3, function: { arguments: '{' } }] },
        },
      ],
    };
    expect(deltaText(chunk)).toEqual([
      { track: '1:content', text: 'b' },
      { track: '0:content', text: 'a' },
      { track: '0:tool3', text: '{' },
    ]);
  });

  test('choices without an index are told apart by their place', () => {
    const chunk = { choices: [{ delta: { content: 'a' } }, { delta: { content: 'b' } }] };
    expect(deltaText(chunk).map(({ track }) => track)).toEqual(['0:content', '1:content']);
  });

  test('a whole answer is read from its messages, a chunk from its deltas', () => {
    expect(ofMessage({ content: 'a' })).toHaveLength(1);
    expect(messageText({ choices: [{ delta: { content: 'a' } }] })).toEqual([]);
    expect(deltaText({ choices: [{ message: { content: 'a' } }] })).toEqual([]);
  });

  test('rubbish is no text, and breaks nothing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (choices, delta) => {
        for (const chunk of [{ choices }, { choices: [delta] }, { choices: [{ delta }] }]) {
          for (const { text } of deltaText(chunk)) expect(text).not.toBe('');
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('the chunk that only reports usage', () => {
  const usage = { prompt_tokens: 1, completion_tokens: 1 };
  test.each([
    [{ choices: [], usage }, true],
    [{ choices: [], usage: null }, false],
    [{ choices: [] }, false],
    [{ choices: [{ index: 0, delta: {} }], usage }, false],
    [{ usage }, false],
  ])('%j: %s', (chunk, isUsage) => {
    expect(isUsageChunk(chunk)).toBe(isUsage);
  });
});
