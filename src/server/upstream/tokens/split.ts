import {
  BOTH,
  LETTER,
  LOWER,
  MARK,
  NEWLINE,
  NUMBER,
  OTHER,
  SPACE,
  UPPER,
} from './character-classes';
import { UnitBuffer } from './unit-buffer';
import type { Vocabulary } from './vocabulary';

const UPPERISH = UPPER | BOTH | MARK;
const LOWERISH = LOWER | BOTH | MARK;
const PUNCTUATION = OTHER | MARK;
const APOSTROPHE = 0x27;
const BLANK = 0x20;
const SLASH = 0x2f;
/** No second code: `'s`, `'t`, `'m`, `'d` are whole. */
const WHOLE = 0;

/** What the piece at `start` has turned out to be; each of these can go on without bound. */
type Phase = 'fresh' | 'upper' | 'lower' | 'letters' | 'punctuation' | 'lineEnds' | 'whitespace';

/** A place in the text to come back to. */
export interface SplitState {
  readonly start: number;
  readonly end: number;
  readonly phase: Phase;
  readonly at: number;
  readonly mark: number;
}

/**
 * The split patterns of js-tiktoken, by hand: linear in the text whatever it holds, and able to
 * stop where the text so far does not decide and go on when there is more of it.
 */
export class Splitter {
  readonly text = new UnitBuffer();
  /** The piece found last: `text.units[start, end)`. */
  start = 0;
  end = 0;
  private phase: Phase = 'fresh';
  /** How far the open piece has been read. */
  private at = 0;
  /** End of the part of the open piece that stands whatever follows; -1: none. */
  private mark = -1;
  private width = 1;
  private readonly wordsByCase: boolean;

  constructor(
    vocabulary: Vocabulary,
    private readonly classes: Uint8Array,
  ) {
    this.wordsByCase = vocabulary === 'o200k_base';
  }

  save(): SplitState {
    return {
      start: this.start,
      end: this.end,
      phase: this.phase,
      at: this.at,
      mark: this.mark,
    };
  }

  restore(state: SplitState): void {
    this.start = state.start;
    this.end = state.end;
    this.phase = state.phase;
    this.at = state.at;
    this.mark = state.mark;
  }

  /** Starts over with another text. */
  reset(text: string): void {
    this.start = 0;
    this.end = 0;
    this.phase = 'fresh';
    this.text.clear();
    this.text.append(text);
  }

  /** Drops the text before the open piece and adds to its end; returns how much was dropped. */
  extend(delta: string): number {
    const dropped = this.end;
    if (dropped > 0) {
      this.text.drop(dropped);
      this.start = 0;
      this.end = 0;
      this.at -= dropped;
      if (this.mark >= 0) this.mark -= dropped;
    }
    this.text.append(delta);
    return dropped;
  }

  /**
   * Finds the next piece, looking at `units[0, limit)` only; false when there is none.
   * Not `final`: a piece that more text could change is not found yet. What was read is kept.
   */
  next(limit: number, final: boolean): boolean {
    const n = !final && isHigh(this.unit(limit - 1)) ? limit - 1 : limit;
    if (this.phase === 'fresh') {
      if (this.end >= n) return false;
      this.start = this.end;
      const end = this.open(this.start, n, final);
      if (end >= 0) return this.found(end);
      if (this.phase === 'fresh') return false;
    }
    const end = this.proceed(n, final);
    return end >= 0 && this.found(end);
  }

  private found(end: number): boolean {
    this.end = end;
    this.phase = 'fresh';
    return true;
  }

  /** Says what begins at `i`: the end of a short piece, or -1 with the phase set or undecided. */
  private open(i: number, n: number, final: boolean): number {
    const first = this.classAt(i, n);
    const after = i + this.width;
    if (first === NUMBER) return this.number(after, n, final);
    if ((first & LETTER) !== 0) return this.enter(this.wordsByCase ? 'upper' : 'letters', i, -1);
    if (first === NEWLINE) return this.enter('whitespace', i, -1);
    if (!this.wordsByCase && this.unit(i) === APOSTROPHE) {
      const end = this.contraction(i, n, final);
      if (end !== i) return end;
    }
    if (after >= n) return final ? after : -1;
    const second = this.classAt(after, n);
    if (this.wordsByCase) {
      if (first === MARK) return this.enter('upper', after, after);
      if ((second & (LETTER | MARK)) !== 0) return this.enter('upper', after, -1);
    } else if ((second & LETTER) !== 0) return this.enter('letters', after, -1);
    if (first !== SPACE) return this.enter('punctuation', after, -1);
    if (this.unit(i) === BLANK && (second & PUNCTUATION) !== 0) {
      return this.enter('punctuation', after, -1);
    }
    return this.enter('whitespace', i, -1);
  }

  private enter(phase: Phase, at: number, mark: number): -1 {
    this.phase = phase;
    this.at = at;
    this.mark = mark;
    return -1;
  }

  private proceed(n: number, final: boolean): number {
    switch (this.phase) {
      case 'upper':
        return this.upper(n, final);
      case 'lower':
        this.skip(LOWERISH, n);
        return this.at >= n && !final ? -1 : this.contraction(this.at, n, final);
      case 'letters':
        this.skip(LETTER, n);
        return this.at >= n && !final ? -1 : this.at;
      case 'punctuation':
        this.skip(PUNCTUATION, n);
        if (this.at >= n && !final) return -1;
        this.phase = 'lineEnds';
        return this.lineEnds(n, final);
      case 'lineEnds':
        return this.lineEnds(n, final);
      default:
        return this.whitespace(n, final);
    }
  }

  /** `[Lu Lt Lm Lo M]*[Ll Lm Lo M]+`, or else `[Lu Lt Lm Lo M]+`, and a contraction. */
  private upper(n: number, final: boolean): number {
    this.skipMarking(UPPERISH, BOTH | MARK, n);
    if (this.at >= n && !final) return -1;
    if (this.at < n && this.classAt(this.at, n) === LOWER) {
      this.phase = 'lower';
      return this.proceed(n, final);
    }
    if (this.mark >= 0 && this.mark < this.at) return this.mark;
    return this.contraction(this.at, n, final);
  }

  /** `[\r\n]*` after punctuation; o200k_base takes slashes with it. */
  private lineEnds(n: number, final: boolean): number {
    let k = this.at;
    for (; k < n; k += 1) {
      const code = this.unit(k);
      if (code !== 10 && code !== 13 && !(code === SLASH && this.wordsByCase)) break;
    }
    this.at = k;
    return k >= n && !final ? -1 : k;
  }

  /** `\s*[\r\n]+|\s+(?!\S)|\s+`: up to the last line end, else all but the last space. */
  private whitespace(n: number, final: boolean): number {
    this.skipMarking(SPACE | NEWLINE, NEWLINE, n);
    if (this.at >= n && !final) return -1;
    if (this.mark >= 0) return this.mark;
    return this.at >= n || this.at - this.start === 1 ? this.at : this.at - 1;
  }

  /** `\p{N}{1,3}` with the first one read. */
  private number(after: number, n: number, final: boolean): number {
    let k = after;
    for (let digits = 1; digits < 3; digits += 1) {
      if (k >= n) return final ? k : -1;
      if (this.classAt(k, n) !== NUMBER) return k;
      k += this.width;
    }
    return k;
  }

  /** The end of a contraction at `k`, `k` when there is none, -1 when that is not decided yet. */
  private contraction(k: number, n: number, final: boolean): number {
    if (k >= n || this.unit(k) !== APOSTROPHE) return k;
    if (k + 1 >= n) return final ? k : -1;
    const second = secondOfContraction(this.unit(k + 1) | 0x20);
    if (second === undefined) return k;
    if (second === WHOLE) return k + 2;
    if (k + 2 >= n) return final ? k : -1;
    return (this.unit(k + 2) | 0x20) === second ? k + 3 : k;
  }

  private skip(mask: number, n: number): void {
    let k = this.at;
    while (k < n && (this.classAt(k, n) & mask) !== 0) k += this.width;
    this.at = k;
  }

  /** As `skip`; leaves the end of the last character of `marked` in `mark`. */
  private skipMarking(mask: number, marked: number, n: number): void {
    let k = this.at;
    while (k < n) {
      const cls = this.classAt(k, n);
      if ((cls & mask) === 0) break;
      k += this.width;
      if ((cls & marked) !== 0) this.mark = k;
    }
    this.at = k;
  }

  private unit(k: number): number {
    return this.text.units[k] ?? 0;
  }

  /** The class of the character at `k` < `n`; its length in code units is left in `width`. */
  private classAt(k: number, n: number): number {
    const code = this.unit(k);
    this.width = 1;
    const cls = this.classes[code] ?? 0;
    return cls !== 0 ? cls : this.classOfSurrogate(code, k, n);
  }

  /** Half a pair is one character of its own, as in a regular expression with the u flag. */
  private classOfSurrogate(high: number, k: number, n: number): number {
    if (!isHigh(high) || k + 1 >= n) return OTHER;
    const low = this.unit(k + 1);
    if ((low & 0xfc00) !== 0xdc00) return OTHER;
    this.width = 2;
    return this.classes[((high & 0x3ff) << 10) + (low & 0x3ff) + 0x10000] ?? OTHER;
  }
}

function isHigh(code: number): boolean {
  return (code & 0xfc00) === 0xd800;
}

/** For `'r` and `'v` an e, for `'l` an l; undefined: this letter begins no contraction. */
function secondOfContraction(first: number): number | undefined {
  switch (first) {
    case 0x73:
    case 0x74:
    case 0x6d:
    case 0x64:
      return WHOLE;
    case 0x72:
    case 0x76:
      return 0x65;
    case 0x6c:
      return 0x6c;
    default:
      return undefined;
  }
}
