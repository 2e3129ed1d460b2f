import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SseEventTooLarge, SseParser } from '@/server/openai/sse';

/** Feeds a text in pieces, cut behind these bytes. */
function parseCut(text: string, cuts: readonly number[]) {
  const bytes = Buffer.from(text);
  const parser = new SseParser();
  const events = [];
  let from = 0;
  for (const to of [...new Set(cuts)].sort((a, b) => a - b).filter((cut) => cut < bytes.length)) {
    events.push(...parser.push(bytes.subarray(from, to)));
    from = to;
  }
  events.push(...parser.push(bytes.subarray(from)));
  const rest = parser.end();
  return rest === null ? events : [...events, rest];
}

const data = fc.stringMatching(/^[^\r\n]{0,12}$/u);
const event = fc.array(data, { minLength: 1, maxLength: 3 });

test('wherever the bytes are cut, the events say the same, in every style of line end', () => {
  const cuts = fc.array(fc.nat({ max: 200 }), { maxLength: 60 });
  const style = fc.constantFrom('\n', '\r\n', '\r');
  fc.assert(
    fc.property(fc.array(event, { maxLength: 5 }), style, cuts, (events, lineEnd, where) => {
      const lines = events.map((said) => said.map((line) => `data: ${line}${lineEnd}`).join(''));
      const text = lines.map((block) => block + lineEnd).join('');
      const parsed = parseCut(text, where);
      const heard = parsed.flatMap((each) => (each.data === null ? [] : [each.data]));
      expect(heard).toEqual(events.map((said) => said.join('\n')));
      expect(Buffer.concat(parsed.map((each) => each.raw)).toString()).toBe(text);
    }),
    { numRuns: 500 },
  );
});

test('an event comes out with its blank line, not with the event after it', () => {
  const parser = new SseParser();
  expect(parser.push(Buffer.from('data: a\r\n\r')).map((each) => each.data)).toEqual(['a']);
  expect(parser.push(Buffer.from('\ndata: b\r\n\r\n')).map((each) => each.data)).toEqual(['b']);
});

test('an event that outgrows every honest one ends the reading', () => {
  const parser = new SseParser();
  const megabyte = Buffer.alloc(1024 * 1024, 'x');
  expect(() => {
    parser.push(megabyte);
    parser.push(megabyte);
  }).toThrow(SseEventTooLarge);
});
