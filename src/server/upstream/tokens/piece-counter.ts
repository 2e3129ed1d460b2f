import { LongPiece } from './long-piece';
import { type Merges, SHORT_BYTES_MAX } from './merges';
import { PieceCache } from './piece-cache';
import { hashAppended, scatter } from './rank-table';
import { Splitter } from './split';
import { BYTES_PER_UNIT_MAX, encodeUtf8 } from './utf8';
import type { Vocabulary } from './vocabulary';

/** Longer pieces are counted as a `LongPiece`. */
const SHORT_UNITS_MAX = SHORT_BYTES_MAX;

/** Splits a text into the pieces of a vocabulary, and counts the tokens of one piece. */
export class PieceCounter {
  private readonly shared: LongPiece;
  private readonly cache = new PieceCache();
  private readonly bytes = new Uint8Array(SHORT_UNITS_MAX * BYTES_PER_UNIT_MAX);

  constructor(
    readonly vocabulary: Vocabulary,
    private readonly classes: Uint8Array,
    private readonly merges: Merges,
  ) {
    this.shared = new LongPiece(merges);
  }

  splitter(): Splitter {
    return new Splitter(this.vocabulary, this.classes);
  }

  /** True for a piece that is better counted step by step. */
  isLong(units: number): boolean {
    return units > SHORT_UNITS_MAX;
  }

  longPiece(): LongPiece {
    return new LongPiece(this.merges);
  }

  /** Tokens of the piece `units[from, to)`. */
  count(units: Uint16Array, from: number, to: number): number {
    if (!this.isLong(to - from)) {
      const length = encodeUtf8(units, from, to, this.bytes);
      if (length <= SHORT_BYTES_MAX) return this.countShort(length);
    }
    const piece = this.shared;
    piece.reset();
    for (let i = from; i < to; ) i = piece.push(units, i, to);
    return piece.count;
  }

  /** Counts `this.bytes[0, length)`. */
  private countShort(length: number): number {
    const { bytes } = this;
    let hash = 0;
    for (let i = 0; i < length; i += 1) hash = hashAppended(hash, bytes[i] ?? 0);
    if (this.merges.table.find(bytes, 0, length, hash) !== -1) return 1;
    if (length > PieceCache.lengthMax) return this.merges.count(bytes, length);
    const spread = scatter(hash);
    const known = this.cache.get(bytes, length, spread);
    if (known !== 0) return known;
    const count = this.merges.count(bytes, length);
    this.cache.put(bytes, length, spread, count);
    return count;
  }
}
