import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DONE_EVENT,
  type SseEvent,
  SseEventTooLarge,
  SseParser,
  sseEvent,
} from '@/server/openai/sse';

/** The events that these bytes complete. */
function push(parser: SseParser, bytes: Uint8Array): SseEvent[] {
  parser.feed(bytes);
  const events: SseEvent[] = [];
  for (let next = parser.next(); next !== null; next = parser.next()) events.push(next);
  return events;
}

/** Feeds a text in pieces, cut behind these bytes. */
function parseCut(text: string, cuts: readonly number[]) {
  const bytes = Buffer.from(text);
  const parser = new SseParser();
  const events = [];
  let from = 0;
  for (const to of [...new Set(cuts)].sort((a, b) => a - b).filter((cut) => cut < bytes.length)) {
    events.push(...push(parser, bytes.subarray(from, to)));
    from = to;
  }
  events.push(...push(parser, bytes.subarray(from)));
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
  expect(push(parser, Buffer.from('data: a\r\n\r')).map((each) => each.data)).toEqual(['a']);
  expect(push(parser, Buffer.from('\ndata: b\r\n\r\n')).map((each) => each.data)).toEqual(['b']);
});

test('an event that outgrows every honest one ends the reading', () => {
  const parser = new SseParser();
  const megabyte = Buffer.alloc(1024 * 1024, 'x');
  expect(() => {
    push(parser, megabyte);
    push(parser, megabyte);
  }).toThrow(SseEventTooLarge);
});

/** What real upstreams send: comments, names, several data lines, CRLF, CR, text outside ASCII. */
const RECORDED = [
  ': keep-alive\n\n',
  'data: {"choices":[{"delta":{"content":"é账😀"}}]}\n\n',
  'event: delta\r\nid: 7\r\ndata: one\r\ndata:two\r\n\r\n',
  'data: three\r\r',
  'retry: 100\n\n',
  'data\n\n',
  'data:\n\n',
  DONE_EVENT,
].join('');

test('cut at any one byte, and into single bytes, a recorded stream says the same', () => {
  const heard = (cuts: readonly number[]) => parseCut(RECORDED, cuts).map((each) => each.data);
  const whole = heard([]);
  expect(whole).toEqual([
    null,
    '{"choices":[{"delta":{"content":"é账😀"}}]}',
    'one\ntwo',
    'three',
    null,
    null,
    '',
    '[DONE]',
  ]);
  const { length } = Buffer.from(RECORDED);
  for (let at = 0; at <= length; at += 1) expect(heard([at])).toEqual(whole);
  expect(heard([...Array(length).keys()])).toEqual(whole);
});

test('what stands after the last blank line comes out at the end, cut short or not', () => {
  const parser = new SseParser();
  expect(push(parser, Buffer.from('data: a\n\ndata: b'))).toHaveLength(1);
  expect(parser.end()).toMatchObject({ data: 'b' });
  expect(parser.end()).toBeNull();
});

test('bytes that are no text change nothing but what they stand for', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.array(fc.nat({ max: 60 })), (bytes, cuts) => {
      const parser = new SseParser();
      const raws = [];
      const ends = [...new Set(cuts.filter((cut) => cut < bytes.length))].sort((a, b) => a - b);
      let from = 0;
      for (const to of [...ends, bytes.length]) {
        raws.push(...push(parser, bytes.subarray(from, to)).map((each) => each.raw));
        from = to;
      }
      const rest = parser.end();
      expect(Buffer.concat([...raws, ...(rest === null ? [] : [rest.raw])])).toEqual(
        Buffer.from(bytes),
      );
    }),
    { numRuns: 1_000 },
  );
});

test('an event without an end, byte by byte, is given up before it fills the memory', () => {
  const parser = new SseParser();
  const piece = Buffer.from('data: x\n');
  const from = performance.now();
  let pushed = 0;
  expect(() => {
    for (; pushed < 3_000_000; pushed += piece.length) push(parser, piece);
  }).toThrow(SseEventTooLarge);
  expect(pushed).toBeLessThan(1_100_000);
  expect(performance.now() - from).toBeLessThan(2_000);
});

test('an event of our own making is one that our parser reads', () => {
  const parser = new SseParser();
  const said = { error: { message: 'a\nb\r\n\n' } };
  expect(push(parser, sseEvent(said)).map((each) => JSON.parse(each.data ?? ''))).toEqual([said]);
});

describe('events like one that is known', () => {
  const frame = { before: 'data: {"t":"', after: '"}\n\n' };
  const eventWith = (text: string) => Buffer.from(`data: {"t":"${text}"}\n\n`);

  test('come in one run, with their texts, up to so many bytes of text', () => {
    const parser = new SseParser();
    const raws = ['ab', 'é', '', '世界', 'c'].map(eventWith);
    parser.feed(Buffer.concat(raws));
    const first = Buffer.concat(raws.slice(0, 3));
    expect(parser.nextRun(frame, 5)).toEqual({ raw: first, text: 'abé', textBytes: 4 });
    expect(parser.nextRun(frame, 0)).toEqual({ raw: raws[3], text: '世界', textBytes: 6 });
    expect(parser.nextRun(frame, 99)).toEqual({ raw: raws[4], text: 'c', textBytes: 1 });
    expect(parser.nextRun(frame, 99)).toBeNull();
    expect(parser.next()).toBeNull();
  });

  test('end where a text is no UTF-8: it is metered as what it is read as, which is longer', () => {
    const parser = new SseParser();
    const broken = Buffer.from('data: {"t":"a\xff"}\n\n', 'latin1');
    parser.feed(Buffer.concat([eventWith('a'), broken]));
    expect(parser.nextRun(frame, 99)).toMatchObject({ text: 'a', textBytes: 1 });
    expect(parser.nextRun(frame, 99)).toBeNull();
    expect(parser.next()?.raw).toEqual(broken);
  });

  const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
  /** The text, where it is one of them and plain; else all that it says. */
  const saidBy = ({ data }: SseEvent): string =>
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are no plain text
    /^\{"t":"([^"\\\u0000-\u001f]*)"\}$/u.exec(data ?? '')?.[1] ?? data ?? '';

  test('wherever the bytes are cut, say what they say one by one', () => {
    const text = fc.constantFrom('a', 'b c', '世', '😀é', '', 'a\\n', '"', '\u0001', '"}');
    const other = fc.constantFrom(
      ': ping\n\n',
      'data: [DONE]\n\n',
      '\r\n',
      '\r',
      '\n',
      'data: {"t":"',
    );
    const piece = fc.oneof(
      { weight: 4, arbitrary: text.map(eventWith) },
      other.map((it) => Buffer.from(it)),
    );
    const cuts = fc.array(fc.nat({ max: 300 }), { maxLength: 8 });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), cuts, fc.nat({ max: 9 }), (all, at, max) => {
        const bytes = Buffer.concat(all);
        const [plain, quick] = [new SseParser(), new SseParser()];
        const ends = [...new Set(at.filter((cut) => cut < bytes.length))].sort((a, b) => a - b);
        let from = 0;
        for (const to of [...ends, bytes.length]) {
          const chunk = bytes.subarray(from, to);
          const events = push(plain, chunk);
          quick.feed(chunk);
          let [said, raw] = ['', ''];
          for (;;) {
            const run = quick.nextRun(frame, max);
            const event = run === null ? quick.next() : null;
            if (run !== null) expect(run.textBytes).toBe(Buffer.byteLength(run.text));
            said += run?.text ?? (event === null ? '' : saidBy(event));
            raw += latin1((run ?? event)?.raw ?? new Uint8Array());
            if (run === null && event === null) break;
          }
          expect(said).toBe(events.map(saidBy).join(''));
          expect(raw).toBe(events.map((each) => latin1(each.raw)).join(''));
          from = to;
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
