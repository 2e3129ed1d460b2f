import { expect, test } from 'vitest';
import { readObject } from '@/server/openai/read-object';

test('an object is read as JSON has it', () => {
  expect(readObject('{"a":"NaN","b":[1,{"c":null}]}')).toEqual({ a: 'NaN', b: [1, { c: null }] });
});

test.each(['', 'null', '[]', '"text"', '7', '{"a":', '{"a":undefined}', '\0\0', '{a:1}'])(
  'what is no object is none: %j',
  (text) => {
    expect(readObject(text)).toBeNull();
  },
);

test('figures that JSON does not have become infinite, and strings stay as they are', () => {
  const text = '{"usage":{"a":NaN,"b":-Infinity,"c":Infinity},"said":"NaN \\" Infinity","NaN":1}';
  expect(readObject(text)).toEqual({
    usage: {
      a: Number.POSITIVE_INFINITY,
      b: Number.POSITIVE_INFINITY,
      c: Number.POSITIVE_INFINITY,
    },
    said: 'NaN " Infinity',
    NaN: 1,
  });
});

test.each([
  { what: 'escaped quotes without an end', text: `{"${'\\"'.repeat(500_000)}` },
  { what: 'quotes', text: '"'.repeat(1_000_001) },
  { what: 'figures', text: `{"a":[${'NaN,'.repeat(250_000)}` },
  { what: 'minus signs', text: `{"a":${'-'.repeat(1_000_000)}` },
])('a megabyte of $what is judged in linear time', ({ text }) => {
  const from = performance.now();
  expect(readObject(text)).toBeNull();
  expect(performance.now() - from).toBeLessThan(1_000);
});
