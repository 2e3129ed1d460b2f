import { GUESSES, type Merges } from './merges';
import { hashPrepended, lengthBit, type RankTable, scatter } from './rank-table';
import { BYTES_PER_UNIT_MAX, encodeUtf8 } from './utf8';

/** Bytes that decide about the next one: a token is at most 128 bytes long. */
const WINDOW = 128;
/** Longest period of a repeating text that is recognised, in bytes. */
const PERIOD_MAX = 255;
/** Kept when the buffer moves on: a window, the period before it, and room to go back. */
const KEPT = 400;
const BUFFER = 1024;
/** How often a period is looked for. */
const SEARCH_EVERY = 512;
/** Code units taken in one step; their bytes pass through `chunk`. */
const UNITS_PER_STEP = 16;
const chunk = new Uint8Array(UNITS_PER_STEP * BYTES_PER_UNIT_MAX);

/**
 * Counts the tokens of one piece that grows byte by byte: exact after every byte, in constant
 * memory and bounded time per byte. The merged form of a prefix of a piece is unique, and so is its
 * last token: the one token that ends there and stays apart from the last token before it.
 */
export class LongPiece {
  private readonly bytes = new Uint8Array(BUFFER);
  /** By end position: the last token of the prefix, and the number of its tokens. */
  private readonly lasts = new Int32Array(BUFFER + 1);
  private readonly counts = new Float64Array(BUFFER + 1);
  private readonly candidates = new Int32Array(WINDOW + 1);
  private readonly table: RankTable;
  private at = 0;
  /** Bytes of the piece that have left the buffer. */
  private dropped = 0;
  private period = 0;
  /** How many bytes up to here repeat, with their last tokens, what stood a period before. */
  private repeated = 0;
  private nextSearch = SEARCH_EVERY;

  constructor(private readonly merges: Merges) {
    this.table = merges.table;
  }

  reset(): void {
    this.at = 0;
    this.dropped = 0;
    this.period = 0;
    this.repeated = 0;
    this.nextSearch = SEARCH_EVERY;
  }

  /** Tokens of the bytes so far. */
  get count(): number {
    return this.at === 0 ? 0 : (this.counts[this.at] ?? 0);
  }

  /** Bytes so far. */
  get length(): number {
    return this.dropped + this.at;
  }

  /** Adds some of `units[from, to)`, a step of code units; returns where it stopped. */
  push(units: Uint16Array, from: number, to: number): number {
    let end = Math.min(to, from + UNITS_PER_STEP);
    if (end < to && ((units[end - 1] ?? 0) & 0xfc00) === 0xd800) end -= 1;
    const bytes = encodeUtf8(units, from, end, chunk);
    for (let i = 0; i < bytes; i += 1) this.add(chunk[i] ?? 0);
    return end;
  }

  /** Goes back to an earlier length, at most 16 bytes. */
  rewindTo(length: number): void {
    const bytes = this.length - length;
    this.at -= bytes;
    this.repeated = Math.max(0, this.repeated - bytes);
  }

  private add(byte: number): void {
    if (this.at === BUFFER) this.moveOn();
    const { bytes, lasts, counts, period } = this;
    const p = this.at;
    bytes[p] = byte;
    this.at = p + 1;
    const before = p - period;
    if (this.repeated >= WINDOW && bytes[before] === byte) {
      const last = lasts[before + 1] ?? 0;
      lasts[p + 1] = last;
      counts[p + 1] = (counts[p + 1 - (this.table.lengths[last] ?? 0)] ?? 0) + 1;
      return;
    }
    this.findLast(p + 1);
    if (period > 0 && bytes[before] === byte && lasts[before + 1] === lasts[p + 1]) {
      this.repeated += 1;
    } else {
      this.repeated = 0;
      if (this.dropped + p >= this.nextSearch) this.searchPeriod();
    }
  }

  private findLast(end: number): void {
    const guess = this.merges.guesses;
    const slot = this.contextSlot(end);
    const guessed = guess[slot] ?? 0;
    if (this.endsWith(end, guessed) && this.accept(end, guessed)) return;
    for (let i = this.collect(end) - 1; i >= 0; i -= 1) {
      const token = this.candidates[i] ?? 0;
      if (!this.accept(end, token)) continue;
      guess[slot] = token;
      return;
    }
    throw new Error('a piece has no tokens: the ranks are not those of a byte-pair vocabulary');
  }

  /** What mostly decides about the next token: the byte, the last token and the one before it. */
  private contextSlot(end: number): number {
    const last = this.lasts[end - 1] ?? 0;
    const before = this.lasts[Math.max(0, end - 1 - (this.table.lengths[last] ?? 0))] ?? 0;
    const context = Math.imul(last, 0x9e3779b1) ^ Math.imul(before, 0x85ebca6b);
    return (scatter(context) + (this.bytes[end - 1] ?? 0)) & (GUESSES - 1);
  }

  private endsWith(end: number, token: number): boolean {
    const length = this.table.lengths[token] ?? 0;
    return length <= end && this.table.reads(token, 0, this.bytes, end - length, length);
  }

  /** Finds the tokens that end at `end`, shortest first; returns how many. */
  private collect(end: number): number {
    const { bytes, table, candidates } = this;
    const lengths = table.lengthsAt(bytes, end);
    const longest = lengths < 0 ? table.lengthMax : 31 - Math.clz32(lengths);
    const lengthMax = longest < end ? longest : end;
    let hash = 0;
    let found = 0;
    for (let length = 1; length <= lengthMax; length += 1) {
      hash = hashPrepended(bytes[end - length] ?? 0, hash, length - 1);
      if ((lengths & lengthBit(length)) === 0) continue;
      const token = table.find(bytes, end - length, length, hash);
      if (token === -1) continue;
      candidates[found] = token;
      found += 1;
    }
    return found;
  }

  private accept(end: number, token: number): boolean {
    if (!this.merges.reachable(token)) return false;
    const start = end - (this.table.lengths[token] ?? 0);
    const first = start + this.dropped === 0;
    if (!first && !this.merges.staysApart(this.lasts[start] ?? 0, token)) return false;
    this.lasts[end] = token;
    this.counts[end] = first ? 1 : (this.counts[start] ?? 0) + 1;
    return true;
  }

  /** Chooses the shortest distance at which a whole window of bytes and last tokens recurs. */
  private searchPeriod(): void {
    this.nextSearch = this.dropped + this.at + SEARCH_EVERY;
    for (let period = 1; period <= PERIOD_MAX; period += 1) {
      if (!this.recurs(period)) continue;
      this.period = period;
      this.repeated = WINDOW;
      return;
    }
  }

  private recurs(period: number): boolean {
    if (this.at < WINDOW + period) return false;
    const { bytes, lasts } = this;
    for (let i = this.at; i > this.at - WINDOW; i -= 1) {
      if (lasts[i] !== lasts[i - period] || bytes[i - 1] !== bytes[i - 1 - period]) return false;
    }
    return true;
  }

  private moveOn(): void {
    const from = BUFFER - KEPT;
    this.bytes.copyWithin(0, from);
    this.lasts.copyWithin(0, from);
    this.counts.copyWithin(0, from);
    this.dropped += from;
    this.at = KEPT;
  }
}
