import type { LongPiece } from './long-piece';
import type { PieceCounter } from './piece-counter';

/** The end of a piece that still grows may move back by a space, and half a pair may be completed. */
const UNSETTLED_UNITS = 2;

/** A piece and how many of its code units have been counted for good. */
interface Counted {
  readonly piece: LongPiece;
  settled: number;
}

/**
 * Counts long pieces at the end of a growing text, each from where it was counted to before, so
 * that asking again after every delta costs only what is new. Pieces are known by where they begin.
 */
export class GrowingPieces {
  private readonly byStart = new Map<number, Counted>();

  constructor(private readonly pieces: PieceCounter) {}

  /** Tokens of the piece `units[from, to)` that begins at `start` in the whole text. */
  count(units: Uint16Array, from: number, to: number, start: number): number {
    const { piece, settled } = this.upTo(units, from, to, start);
    const settledLength = piece.length;
    for (let i = from + settled; i < to; ) i = piece.push(units, i, to);
    const count = piece.count;
    piece.rewindTo(settledLength);
    return count;
  }

  /** Forgets the pieces that begin before `start`. */
  forgetBefore(start: number): void {
    for (const known of this.byStart.keys()) if (known < start) this.byStart.delete(known);
  }

  private upTo(units: Uint16Array, from: number, to: number, start: number): Counted {
    const counted = this.open(start, to - from);
    const end = settledEnd(units, to);
    let i = from + counted.settled;
    while (i < end) i = counted.piece.push(units, i, end);
    counted.settled = i - from;
    return counted;
  }

  private open(start: number, length: number): Counted {
    const known = this.byStart.get(start);
    if (known !== undefined && known.settled <= length) return known;
    const fresh = { piece: this.pieces.longPiece(), settled: 0 };
    this.byStart.set(start, fresh);
    return fresh;
  }
}

function settledEnd(units: Uint16Array, to: number): number {
  const end = to - UNSETTLED_UNITS;
  return ((units[end - 1] ?? 0) & 0xfc00) === 0xd800 ? end - 1 : end;
}
