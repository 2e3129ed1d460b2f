import { LongPiece } from './long-piece';
import type { Merges } from './merges';
import { PieceCache } from './piece-cache';
import { HASH_SEED, hashStep } from './rank-table';
import { Splitter } from './split';
import { BYTES_PER_UNIT_MAX, encodeUtf8 } from './utf8';
import type { Vocabulary } from './vocabulary';

/** Longer pieces are counted as a `LongPiece`; no token is longer in bytes. */
const SHORT_UNITS_MAX = 128;
const SHORT_BYTES_MAX = 128;

/** Splits a text into the pieces of a vocabulary, and counts the tokens of one piece. */
export class PieceCounter {
  private readonly cache = new PieceCache();
  private readonly bytes = new Uint8Array(SHORT_UNITS_MAX * BYTES_PER_UNIT_MAX);

  constructor(
    readonly vocabulary: Vocabulary,
    private readonly classes: Uint8Array,
    private readonly merges: Merges,
  ) {}

  splitter(text: string): Splitter {
    return new Splitter(this.vocabulary, this.classes, text);
  }

  /** True for a piece that is better counted step by step. */
  isLong(units: number): boolean {
    return units > SHORT_UNITS_MAX;
  }

  longPiece(): LongPiece {
    return new LongPiece(this.merges);
  }

  /** Tokens of the piece `text[from, to)`. */
  count(text: string, from: number, to: number): number {
    if (!this.isLong(to - from)) {
      const length = encodeUtf8(text, from, to, this.bytes);
      if (length <= SHORT_BYTES_MAX) return this.countShort(length);
    }
    const piece = this.longPiece();
    for (let i = from; i < to; ) i = piece.push(text, i, to);
    return piece.count;
  }

  /** Counts `this.bytes[0, length)`. */
  private countShort(length: number): number {
    const { bytes } = this;
    let hash = HASH_SEED;
    for (let i = length - 1; i >= 0; i -= 1) hash = hashStep(hash, bytes[i] ?? 0);
    if (this.merges.table.probe(bytes, 0, length, hash) !== -1) return 1;
    if (length > PieceCache.lengthMax) return this.merges.count(bytes, length);
    const known = this.cache.get(bytes, length, hash);
    if (known !== 0) return known;
    const count = this.merges.count(bytes, length);
    this.cache.put(bytes, length, hash, count);
    return count;
  }
}
