import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { topLevelFields, withFields } from '@/server/openai/json-fields';
import { documentText, escapedText, stringText, valueText } from '../helpers/json-text';

const RUNS = { numRuns: 2_000 };
const entriesOf = (text: string) => Object.entries(JSON.parse(text));

describe('the scan for top-level fields', () => {
  test('finds what JSON.parse finds, each value with the very characters it was written in', () => {
    fc.assert(
      fc.property(documentText, ({ text, written }) => {
        const fields = topLevelFields(text);
        expect(new Set(fields.keys())).toEqual(new Set(entriesOf(text).map(([key]) => key)));
        for (const [key, { start, end }] of fields) {
          expect(text.slice(start, end)).toBe(written.get(key));
        }
      }),
      RUNS,
    );
  });

  test('refuses a field given twice, however it is escaped', () => {
    fc.assert(
      fc.property(documentText, stringText, valueText, valueText, ({ text }, key, one, two) => {
        const escaped = `"${escapedText(String(JSON.parse(key)))}"`;
        const body = text.trim().slice(1, -1).trim();
        const doubled = `{${key}:${one}${body === '' ? '' : `,${body}`},${escaped} : ${two}}`;
        expect(() => topLevelFields(doubled)).toThrow(/is given twice/);
      }),
      RUNS,
    );
  });

  test.each([
    ['plainly', '{"model":"a","model":"b"}'],
    ['by an escape', '{"model":"a","mod\\u0065l":"b"}'],
    ['with the same value', '{"n": 1, "n": 1}'],
  ])('a field given twice %s names itself', (_how, text) => {
    expect(() => topLevelFields(text)).toThrow(
      expect.objectContaining({
        code: 'invalid_field',
        param: text.includes('"n"') ? 'n' : 'model',
      }),
    );
  });

  test('a field given twice further down is the upstream’s affair', () => {
    expect([...topLevelFields('{"a":{"b":1,"b":2},"c":[{"d":1,"d":2}]}').keys()]).toEqual([
      'a',
      'c',
    ]);
  });

  test('names of JavaScript’s own are fields like any other', () => {
    const text = '{"__proto__":{"a":1},"constructor":2,"toString":3,"length":4}';
    expect([...topLevelFields(text).keys()]).toEqual([
      '__proto__',
      'constructor',
      'toString',
      'length',
    ]);
  });

  test('nests a hundred levels deep and no deeper', () => {
    const nested = (levels: number) => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;
    expect(topLevelFields(nested(100)).size).toBe(1);
    expect(() => topLevelFields(nested(101))).toThrow(
      expect.objectContaining({ code: 'invalid_json' }),
    );
    expect(() => topLevelFields(nested(1_000_000))).toThrow(/nests deeper than 100 levels/);
  });

  test.each([
    ['backslashes', `"${'\\\\'.repeat(2_000_000)}"`],
    ['escaped quotes', `"${'\\"'.repeat(2_000_000)}"`],
    ['strings', `[${'"a",'.repeat(1_000_000)}1]`],
    ['digits', '7'.repeat(4_000_000)],
  ])('megabytes of %s take linear time', (_what, value) => {
    const text = `{"a":${value},"b":1}`;
    const from = performance.now();
    expect(topLevelFields(text).size).toBe(2);
    expect(performance.now() - from).toBeLessThan(2_000);
  });
});

describe('fields put into a text', () => {
  const changes = fc.dictionary(
    fc.constantFrom('model', 'max_tokens', 'stream_options', 'a"\\b', '账'),
    valueText,
  );

  test('read as if they had been there, and every other value keeps its characters', () => {
    fc.assert(
      fc.property(documentText, changes, ({ text, written }, values) => {
        const out = withFields(text, topLevelFields(text), values);
        const wanted = new Map([...written, ...Object.entries(values)]);
        const fields = topLevelFields(out);
        expect(new Set(fields.keys())).toEqual(new Set(wanted.keys()));
        for (const [key, { start, end }] of fields)
          expect(out.slice(start, end)).toBe(wanted.get(key));
        expect(() => JSON.parse(out)).not.toThrow();
      }),
      RUNS,
    );
  });

  test('none of them leave the text as it came', () => {
    fc.assert(
      fc.property(documentText, ({ text }) => {
        expect(withFields(text, topLevelFields(text), {})).toBe(text);
      }),
    );
  });

  test('a replaced field stays in its place, an added one comes last', () => {
    const text = ' { "model" : "a" , "seed":1e400 } \n';
    const out = withFields(text, topLevelFields(text), { model: '"b"', max_tokens: '7' });
    expect(out).toBe(' { "model" : "b" , "seed":1e400 ,"max_tokens":7} \n');
  });
});
