import { setImmediate as nextTurn } from 'node:timers/promises';

/** Character classes of the split patterns, one bit each, so that a set of classes is a mask. */
export const OTHER = 1;
export const MARK = 2;
/** Lu and Lt: may stand only in the upper-case part of a word. */
export const UPPER = 4;
/** Ll: only in the lower-case part. */
export const LOWER = 8;
/** Lm and Lo: in either part. */
export const BOTH = 16;
export const NUMBER = 32;
/** `\s` without carriage return and line feed. */
export const SPACE = 64;
export const NEWLINE = 128;
export const LETTER = UPPER | LOWER | BOTH;

const CODE_POINTS = 0x110000;
const BLOCK = 0x1000;
const BLOCKS_PER_TURN = 8;

/** The engine's own Unicode data, so that we agree with js-tiktoken's regular expression on it. */
const RUNS: readonly (readonly [pattern: string, cls: number])[] = [
  ['[^\\s\\p{L}\\p{M}\\p{N}]+', OTHER],
  ['[\\p{Lm}\\p{Lo}]+', BOTH],
  ['\\p{M}+', MARK],
  ['\\p{Ll}+', LOWER],
  ['[\\p{Lu}\\p{Lt}]+', UPPER],
  ['\\p{N}+', NUMBER],
  ['[\\r\\n]+', NEWLINE],
  ['[^\\S\\r\\n]+', SPACE],
];

let building: Promise<Uint8Array> | undefined;

/**
 * Class of every code point; 0 for UTF-16 surrogates, which the reader must pair up itself.
 * Built once per process, in slices that leave the event loop free in between.
 */
export function characterClasses(): Promise<Uint8Array> {
  building ??= buildClasses();
  return building;
}

async function buildClasses(): Promise<Uint8Array> {
  const classes = new Uint8Array(CODE_POINTS);
  const runs = new RegExp(RUNS.map(([pattern]) => `(${pattern})`).join('|'), 'gu');
  for (let from = 0; from < CODE_POINTS; from += BLOCK) {
    markBlock(classes, from, runs);
    if ((from / BLOCK) % BLOCKS_PER_TURN === 0) await nextTurn();
  }
  return classes.fill(0, 0xd800, 0xe000);
}

function markBlock(classes: Uint8Array, from: number, runs: RegExp): void {
  const unitsPerPoint = from >= 0x10000 ? 2 : 1;
  for (const match of blockText(from).matchAll(runs)) {
    const [run, ...groups] = match;
    const cls = RUNS[groups.findIndex((group) => group !== undefined)]?.[1] ?? OTHER;
    const start = from + match.index / unitsPerPoint;
    classes.fill(cls, start, start + run.length / unitsPerPoint);
  }
}

/** All code points of a block; surrogates would pair up, so a space stands in for them. */
function blockText(from: number): string {
  const points: number[] = [];
  for (let point = from; point < from + BLOCK; point += 1) {
    points.push(point >= 0xd800 && point < 0xe000 ? 0x20 : point);
  }
  return String.fromCodePoint(...points);
}
