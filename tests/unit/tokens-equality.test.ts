import fc from 'fast-check';
import { Tiktoken } from 'js-tiktoken/lite';
import cl100k from 'js-tiktoken/ranks/cl100k_base';
import o200k from 'js-tiktoken/ranks/o200k_base';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadVocabulary, type TokenCounter } from '../../src/server/upstream/tokens';
import * as classes from '../../src/server/upstream/tokens/character-classes';
import { loadRanks } from '../../src/server/upstream/tokens/load-ranks';
import { Merges } from '../../src/server/upstream/tokens/merges';

const ATOMS = [
  ...[
    'a',
    'b',
    'A',
    'Z',
    'the',
    ' the',
    'Hello',
    'WORLD',
    'ing',
    'É',
    'é',
    'ß',
    'ſ',
    'İ',
    'K',
    'ǅ',
  ],
  ...[
    '中',
    '文',
    'ん',
    'ー',
    '한국',
    'ʰ',
    'ا',
    'السلام',
    'ह',
    '्',
    'हिन्दी',
    'ไทย',
    'Привет',
    'ελ',
    'שָׁלוֹם',
  ],
  ...[
    '\u0301',
    '\u20dd',
    '\u0e33',
    '1',
    '2',
    '12345',
    '½',
    'Ⅷ',
    '٣',
    '\u{1d7ce}',
    '𝐀',
    '𝒂',
    '𠀀',
    'ﬁ',
  ],
  ...[
    ' ',
    '  ',
    '    ',
    '\t',
    '\n',
    '\r',
    '\r\n',
    '\n\n',
    '\v',
    '\u0085',
    '\u00a0',
    '\u2028',
    '\u3000',
    '\ufeff',
  ],
  ...[
    "'",
    "'s",
    "'S",
    "'re",
    "'RE",
    "'rE",
    "'l",
    "'ll",
    "'v",
    "'D",
    "'ſ",
    '’s',
    '/',
    '//',
    '/\n',
    '.',
    '!',
    '-',
    '_',
    '\0',
  ],
  ...[
    '😀',
    '👨‍👩‍👧',
    '👍🏽',
    '\u200d',
    '\u{1f1e9}\u{1f1ea}',
    '\ud83d',
    '\ude00',
    '\u{e0001}',
    '\u{10ffff}',
    '\ufffd',
  ],
  ...[
    '<|endoftext|>',
    '<|endofprompt|>',
    '<|fim_prefix|>',
    '<|im_start|>',
    'function f() {',
    '();\n',
    '=> {\n  ',
    '!=',
  ],
];
const codePoint = fc.integer({ min: 0, max: 0x10ffff }).map((point) => String.fromCodePoint(point));
/** Mixtures of everything that the patterns tell apart, with runs. */
const nastyText = fc
  .array(
    fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom(...ATOMS) },
      {
        weight: 2,
        arbitrary: fc
          .tuple(fc.constantFrom(...ATOMS), fc.integer({ min: 2, max: 40 }))
          .map(([atom, times]) => atom.repeat(times)),
      },
      { weight: 2, arbitrary: fc.string({ unit: codePoint, maxLength: 4 }) },
      {
        weight: 1,
        arbitrary: fc.integer({ min: 0, max: 0xffff }).map((c) => String.fromCharCode(c)),
      },
    ),
    { maxLength: 24 },
  )
  .map((parts) => parts.join(''));

const SAMPLES = [
  "The quick brown fox jumps over the lazy dog. It wasn’t slow; it's 12,345.67 km/h FASTER!",
  'const x: Map<string, number[]> = new Map();\n\tfor (const [k, v] of x) { sum += v?.[0] ?? 0; }\n\n',
  'def f(self, *args, **kwargs):\n    """Doc."""\n    return {k: v for k, v in kwargs.items() if v is not None}\n',
  '{"role":"user","content":"caf\\u00e9 \\"quoted\\"","n":[1,2.5e-10,null,true]}\r\n',
  '账单系统必须在任何故障情况下保持一致，网关在流式传输期间记录检查点。',
  'このシステムは常に正しく動作しなければなりません。カタカナ、ひらがな、漢字。',
  '이 시스템은 항상 올바르게 작동해야 합니다. Система должна быть согласованной.',
  'यह प्रणाली हमेशा सही रहनी चाहिए। يجب أن يظل النظام متسقًا دائمًا. המערכת חייבת. ระบบต้องถูกต้องเสมอ',
  "Zażółć gęślą jaźń; Größenwahn, naïve façade, Đặng Thị, ĲSSELMEER, ÇİĞ KÖFTE, McDonald's iPhone XMLHttpRequest",
  '👨‍👩‍👧‍👦 family, 🏳️‍🌈 flag, 👍🏽 thumbs, 🇩🇪🇫🇷, e\u0301 combining, Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L zalgo',
  '<|endoftext|><|im_start|>system<|im_end|><|fim_prefix|>x<|endofprompt|>',
  '| a | b |\n|---|---|\n| 1 | 2 |\n\n```ts\n\n\n   \n```\n======\n------\n***   \t \n',
  '   leading, trailing   ',
];

const NAMES = ['o200k_base', 'cl100k_base'] as const;
const SOURCES = { o200k_base: o200k, cl100k_base: cl100k };

describe.each(NAMES)('%s', (name) => {
  const source = SOURCES[name];
  const reference = new Tiktoken(source);
  const pattern = new RegExp(source.pat_str, 'gu');
  const expected = (text: string): number => reference.encode(text, [], []).length;
  let counter: TokenCounter;

  beforeAll(async () => {
    counter = await loadVocabulary(name);
  });

  const piecesOf = (text: string): string[] => {
    const splitter = counter.pieces.splitter();
    splitter.reset(text);
    const pieces: string[] = [];
    while (splitter.next(text.length, true)) pieces.push(text.slice(splitter.start, splitter.end));
    return pieces;
  };
  const piecesOfPattern = (text: string): string[] =>
    Array.from(text.matchAll(pattern), ([p]) => p);

  it.each(SAMPLES)('counts %j like js-tiktoken', async (text) => {
    const tokens = expected(text);
    expect(counter.count(text)).toBe(tokens);
    expect(await counter.countSliced(text)).toBe(tokens);
  });

  it('counts every text like js-tiktoken', () => {
    fc.assert(
      fc.property(nastyText, (text) => {
        expect(counter.count(text)).toBe(expected(text));
      }),
      { numRuns: 300 },
    );
  });

  it('counts random words and random bytes like js-tiktoken', () => {
    const word = fc.string({
      unit: fc.constantFrom(...'etaoinshrdlu'),
      minLength: 1,
      maxLength: 60,
    });
    const utf8 = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString());
    fc.assert(
      fc.property(
        fc.oneof(
          word,
          word.map((w) => w.toUpperCase()),
          utf8,
        ),
        (text) => {
          expect(counter.count(text)).toBe(expected(text));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('splits every text like the pattern of js-tiktoken, also a bit at a time', () => {
    fc.assert(
      fc.property(nastyText, fc.integer({ min: 1, max: 9 }), (text, step) => {
        const wanted = piecesOfPattern(text);
        expect(piecesOf(text)).toEqual(wanted);
        const splitter = counter.pieces.splitter();
        splitter.reset(text);
        const pieces: string[] = [];
        for (let limit = 0; limit < text.length; ) {
          limit = Math.min(text.length, limit + step);
          while (splitter.next(limit, limit === text.length)) {
            pieces.push(text.slice(splitter.start, splitter.end));
          }
        }
        expect(pieces).toEqual(wanted);
      }),
      { numRuns: 1000 },
    );
  });

  it('rests on what it assumes of the ranks: merges only ever join tokens of lower rank', async () => {
    const table = await loadRanks(name);
    const merges = new Merges(table);
    const odd: number[] = [];
    for (let token = 0; token < table.size; token += 1) {
      const left = merges.leftHalf(token);
      const right = merges.rightHalf(token);
      const isByte = left === token && right === token && table.lengths[token] === 1;
      if (!isByte && (left < 0 || left >= token || right >= token)) odd.push(token);
    }
    expect(odd).toEqual([]);
  });

  describe('one long piece', () => {
    const ranks = ranksOf(source.bpe_ranks);

    it.each(['a', ' ', 'A', '中', '\u0301', "'", '-', '\n', '\t ', 'ab', '🙂', '\0', 'é', '=-'])(
      'of %j, of any length around those where something changes',
      (unit) => {
        for (const times of [127, 128, 129, 384, 513, 640, 1100]) {
          const text = unit.repeat(times);
          const wanted = piecesOf(text).reduce((sum, piece) => sum + mergeCount(piece, ranks), 0);
          expect(counter.count(text)).toBe(wanted);
        }
      },
    );

    it('agrees with merging pair by pair, however it is made up', () => {
      const parts = [
        fc.constantFrom('the', 'ing', 'tion', 'zq', 'aeiou', 'x'),
        fc.constantFrom('中', '文本', '的', '龘', 'ん', 'ー'),
        fc.constantFrom(' ', '\t', '\u00a0', '\n', '\r\n', '\u3000'),
        fc.constantFrom('-', '=', '*', '!', '...', '/', '😀', '\ud83d', '{}', '\0'),
        fc.constantFrom('A', 'THE', 'ÀÉ', '\u0301', 'ǅ', 'ʰ', '中'),
      ].map((atom) =>
        fc.array(fc.tuple(atom, fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 140 }))), {
          minLength: 1,
          maxLength: 40,
        }),
      );
      fc.assert(
        fc.property(fc.oneof(...parts), (runs) => {
          const text = runs
            .map(([atom, times]) => atom.repeat(times))
            .join('')
            .slice(0, 1500);
          const wanted = piecesOf(text).reduce((sum, piece) => sum + mergeCount(piece, ranks), 0);
          expect(counter.count(text)).toBe(wanted);
        }),
        { numRuns: 40 },
      );
    });

    it('is one that js-tiktoken counts the same', () => {
      for (const text of ['a'.repeat(300), ' '.repeat(300), 'ab中'.repeat(60), '-='.repeat(130)]) {
        expect(counter.count(text)).toBe(expected(text));
      }
    });
  });
});

it('every code point has the class that regular expressions give it', async () => {
  const tests: readonly (readonly [cls: number, pattern: RegExp])[] = [
    [classes.OTHER, /^[^\s\p{L}\p{M}\p{N}]$/u],
    [classes.MARK, /^\p{M}$/u],
    [classes.UPPER, /^[\p{Lu}\p{Lt}]$/u],
    [classes.LOWER, /^\p{Ll}$/u],
    [classes.BOTH, /^[\p{Lm}\p{Lo}]$/u],
    [classes.NUMBER, /^\p{N}$/u],
    [classes.SPACE, /^[^\S\r\n]$/u],
    [classes.NEWLINE, /^[\r\n]$/u],
    [0, /^[\ud800-\udfff]$/u],
  ];
  const byClass = new Map(tests);
  const table = await classes.characterClasses();
  const wrong: number[] = [];
  for (let point = 0; point < 0x110000; point += 1) {
    const fits = byClass.get(table[point] ?? -1)?.test(String.fromCodePoint(point));
    if (fits !== true) wrong.push(point);
  }
  expect(wrong).toEqual([]);
});

it('the split patterns are still those that were translated by hand', () => {
  const contraction = "'s|'S|'t|'T|'re|'rE|'Re|'RE|'ve|'vE|'Ve|'VE|'m|'M|'ll|'lL|'Ll|'LL|'d|'D";
  const spaces = '\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';
  const upper = '[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]';
  const lower = '[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]';
  const prefix = '[^\\r\\n\\p{L}\\p{N}]?';
  expect(cl100k.pat_str).toBe(
    `(${contraction})|${prefix}\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|${spaces}`,
  );
  expect(o200k.pat_str).toBe(
    `${prefix}${upper}*${lower}+(${contraction})?|${prefix}${upper}+${lower}*(${contraction})?` +
      `|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|${spaces}`,
  );
});

it.each([
  ['tiktoken is great!', 6, 6],
  ['antidisestablishmentarianism', 6, 6],
  ['2 + 2 = 4', 7, 7],
  ['お誕生日おめでとう', 9, 8],
  ['', 0, 0],
])('%j has the number of tokens that OpenAI publishes', async (text, cl100kTokens, o200kTokens) => {
  expect((await loadVocabulary('cl100k_base')).count(text)).toBe(cl100kTokens);
  expect((await loadVocabulary('o200k_base')).count(text)).toBe(o200kTokens);
});

/** js-tiktoken's ranks by latin1 string, read without our loader. */
function ranksOf(text: string): Map<string, number> {
  const ranks = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [, first, ...tokens] = line.split(' ');
    tokens.forEach((token, i) => {
      ranks.set(Buffer.from(token, 'base64').toString('latin1'), Number(first) + i);
    });
  }
  return ranks;
}

/** Byte-pair merging as the definition has it; js-tiktoken's own takes minutes for some of these. */
function mergeCount(piece: string, ranks: Map<string, number>): number {
  const bytes = Buffer.from(piece).toString('latin1');
  if (ranks.has(bytes)) return 1;
  const parts = [...bytes];
  const rankAt = (i: number): number =>
    ranks.get(`${parts[i] ?? ''}${parts[i + 1] ?? '\uffff'}`) ?? Number.POSITIVE_INFINITY;
  const joins = parts.map((_, i) => rankAt(i));
  for (;;) {
    let at = 0;
    for (let i = 1; i < joins.length; i += 1) {
      if ((joins[i] ?? 0) < (joins[at] ?? 0)) at = i;
    }
    if (joins[at] === Number.POSITIVE_INFINITY) return parts.length;
    parts.splice(at, 2, `${parts[at] ?? ''}${parts[at + 1] ?? ''}`);
    joins.splice(at + 1, 1);
    joins[at] = rankAt(at);
    if (at > 0) joins[at - 1] = rankAt(at - 1);
  }
}
