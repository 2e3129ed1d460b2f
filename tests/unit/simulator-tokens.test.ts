import fc from 'fast-check';
import { Tiktoken } from 'js-tiktoken/lite';
import o200kBase from 'js-tiktoken/ranks/o200k_base';
import { expect, test } from 'vitest';
import { sampleOf } from '../../tools/simulator/json-sample';
import { proseOfAtLeast, proseOfExactly } from '../../tools/simulator/prose';
import { takeTokens, textOf, tokeniser, tokensOf } from '../../tools/simulator/tokens';

const reference = new Tiktoken(o200kBase);
const referenceCount = (text: string): number => reference.encode(text, [], []).length;
const languages = ['en', 'zh', 'code'] as const;

test('any text counts as js-tiktoken counts it, and its pieces join to it', () => {
  const unit = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.constantFrom(
      ' ',
      '\n\n',
      '\r\n',
      "don't",
      '<|endoftext|>',
      '龘',
      '👩‍🚀',
      'HTTPServer',
      '    ',
    ),
    fc.integer({ min: 1, max: 80 }).map((times) => 'ab'.repeat(times)),
  );
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 12 }), (units) => {
      const text = units.join('');
      const pieces = tokeniser().split(text);
      expect(tokeniser().count(text)).toBe(referenceCount(text));
      expect(tokensOf(pieces)).toBe(referenceCount(text));
      expect(textOf(pieces)).toBe(text);
    }),
    { numRuns: 100 },
  );
}, 30_000);

test('a long piece without a break is counted exactly', () => {
  const text = 'a'.repeat(700) + 'Zq'.repeat(100);
  expect(tokeniser().count(text)).toBe(referenceCount(text));
});

test.each(languages)('prose (%s) of exactly n tokens has n by js-tiktoken', (language) => {
  for (let seed = 0; seed < 40; seed += 1) {
    const tokens = 1 + ((seed * 37) % 300);
    const text = textOf(proseOfExactly({ seed, language, topic: 'lanterns' }, tokens));
    expect(referenceCount(text)).toBe(tokens);
  }
});

test.each(languages)('every beginning of prose (%s) recounts to its own number', (language) => {
  const pieces = proseOfAtLeast({ seed: 7, language }, 120);
  for (let limit = 1; limit <= 120; limit += 1) {
    const taken = takeTokens(pieces, limit);
    expect(referenceCount(textOf(taken))).toBe(tokensOf(taken));
  }
});

test('a cut never falls inside a character', () => {
  const pieces = tokeniser().split('龘龘𠮷👩‍🚀');
  for (let limit = 0; limit < tokensOf(pieces); limit += 1) {
    expect(textOf(takeTokens(pieces, limit))).not.toContain('�');
  }
});

test('a JSON sample satisfies the schema it was made for', () => {
  const schema = {
    type: 'object',
    properties: {
      city: { type: 'string', minLength: 12, maxLength: 20 },
      unit: { enum: ['celsius', 'kelvin'] },
      days: { type: 'integer', minimum: 3, maximum: 4 },
      when: { anyOf: [{ type: 'string', format: 'date' }, { type: 'null' }] },
      parent: { $ref: '#' },
      tags: { type: 'array', minItems: 3, items: { const: 'x' } },
    },
    required: ['city', 'unit', 'undescribed'],
  };
  const made = sampleOf(schema, 3);
  expect(made).toMatchObject({
    city: expect.stringMatching(/^.{12,20}$/),
    unit: expect.stringMatching(/^(celsius|kelvin)$/),
    when: '2026-03-14',
    parent: { city: expect.any(String) },
    tags: ['x', 'x', 'x'],
    undescribed: expect.any(String),
  });
  expect([3, 4]).toContain(Reflect.get(Object(made), 'days'));
  expect(sampleOf(schema, 3)).toEqual(made);
});
