import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadVocabulary, StreamCounter, type TokenCounter } from '../../src/server/upstream/tokens';

const ATOMS = [
  ...['a', 'B', 'the ', ' Word', 'É', '中', '文本', 'ん', '\u0301', 'ʰ', '1', '23', '4567', '½'],
  ...[
    ' ',
    '   ',
    '\n',
    '\r\n',
    '\t',
    '\u00a0',
    "'",
    "'s",
    "'r",
    "'re",
    "'LL",
    'l',
    'e',
    '/',
    '//\n',
    '...',
    '-',
  ],
  ...['😀', '👩‍🚀', '\ud83d', '\ude00', '𝐀', '\u{10ffff}', '<|endoftext|>', '\0'],
];
/** Deltas of a stream, cut without regard to words, pairs or clusters. */
const deltas = fc
  .tuple(
    fc.array(
      fc.tuple(
        fc.constantFrom(...ATOMS),
        fc.oneof(
          { weight: 9, arbitrary: fc.constant(1) },
          { weight: 1, arbitrary: fc.integer({ min: 1, max: 400 }) },
        ),
      ),
      { maxLength: 40 },
    ),
    fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 20 }),
  )
  .map(([runs, lengths]) => {
    const text = runs.map(([atom, times]) => atom.repeat(times)).join('');
    const cut: string[] = [];
    for (let at = 0, i = 0; at < text.length; i += 1) {
      const length = 1 + (lengths[i % lengths.length] ?? 0);
      cut.push(text.slice(at, at + length));
      at += length;
    }
    return cut;
  });

describe.each(['o200k_base', 'cl100k_base'] as const)('StreamCounter with %s', (name) => {
  let counter: TokenCounter;
  beforeAll(async () => {
    counter = await loadVocabulary(name);
  });

  it('is exact after every delta, however the text is cut', () => {
    fc.assert(
      fc.property(deltas, fc.integer({ min: 1, max: 5 }), (parts, askEvery) => {
        const stream = new StreamCounter(counter);
        let text = '';
        for (const [i, part] of parts.entries()) {
          stream.push(part);
          text += part;
          if (i % askEvery === 0) expect(stream.total()).toBe(counter.count(text));
        }
        expect(stream.total()).toBe(counter.count(text));
        expect(stream.total()).toBe(counter.count(text));
      }),
      { numRuns: 300 },
    );
  });

  it('counts what has left, whatever came since and whatever was asked meanwhile', async () => {
    const act = fc.constantFrom('nothing', 'left', 'left total', 'total', 'settle');
    await fc.assert(
      fc.asyncProperty(deltas, fc.array(act, { minLength: 1 }), async (parts, acts) => {
        const stream = new StreamCounter(counter);
        let text = '';
        let gone = '';
        for (const [i, part] of parts.entries()) {
          stream.push(part);
          text += part;
          switch (acts[i % acts.length]) {
            case 'left':
              stream.left();
              gone = text;
              break;
            case 'left total':
              expect(stream.leftTotal()).toBe(counter.count(gone));
              break;
            case 'total':
              expect(stream.total()).toBe(counter.count(text));
              break;
            case 'settle':
              expect(await stream.settle()).toBe(counter.count(text));
          }
        }
        expect(stream.leftTotal()).toBe(counter.count(gone));
        expect(stream.total()).toBe(counter.count(text));
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['a', 7],
    [' ', 13],
    ['中', 5],
    ['😀', 3],
    ['A', 64],
    ['\n ', 11],
    ['中AAAA', 9],
    ['-', 1000],
  ])('is exact after every delta of an endless run of %j', (unit, deltaUnits) => {
    const stream = new StreamCounter(counter);
    const text = unit.repeat(Math.ceil(6000 / unit.length));
    for (let at = 0; at < text.length; at += deltaUnits) {
      stream.push(text.slice(at, at + deltaUnits));
      expect(stream.total()).toBe(counter.count(text.slice(0, at + deltaUnits)));
    }
    stream.push('b!');
    expect(stream.total()).toBe(counter.count(`${text}b!`));
  });

  it('settles to the same total, also when deltas arrive meanwhile', async () => {
    const stream = new StreamCounter(counter);
    const text = 'Some words, 中文, and more. '.repeat(20_000);
    stream.push(text);
    const settling = stream.settle();
    stream.push('The end');
    expect(await settling).toBe(await counter.countSliced(`${text}The end`));
    expect(stream.total()).toBe(await counter.countSliced(`${text}The end`));
  });

  it('costs what is new: a total after each of many deltas takes no longer as the text grows', () => {
    for (const delta of ['word ', 'aaaaa', '     ', '中文中文中']) {
      const stream = new StreamCounter(counter);
      const round = (): number => {
        const cpu = process.cpuUsage();
        for (let i = 0; i < 2000; i += 1) {
          stream.push(delta);
          stream.total();
        }
        return process.cpuUsage(cpu).user;
      };
      round();
      const early = Math.min(round(), round(), round());
      for (let i = 0; i < 6; i += 1) round();
      const late = Math.min(round(), round(), round());
      expect(late).toBeLessThan(4 * early + 20_000);
    }
  });
});
