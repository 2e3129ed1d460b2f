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
  private byStart = new Map<number, Counted>();
  private used = new Map<number, Counted>();

  constructor(private readonly pieces: PieceCounter) {}

  /** Tokens of the piece `units[from, to)` that begins at `start` in the whole text, in steps. */
  *count(
    units: Uint16Array,
    from: number,
    to: number,
    start: number,
  ): Generator<undefined, number, undefined> {
    const counted = this.open(start, to - from);
    const { piece } = counted;
    const settledTo = settledEnd(units, to);
    let i = from + counted.settled;
    while (i < settledTo) {
      i = piece.push(units, i, settledTo);
      yield;
    }
    counted.settled = i - from;
    const settledLength = piece.length;
    while (i < to) i = piece.push(units, i, to);
    const { count } = piece;
    piece.rewindTo(settledLength);
    return count;
  }

  /** Forgets a piece that is complete. */
  forget(start: number): void {
    this.byStart.delete(start);
    this.used.delete(start);
  }

  /** Forgets the pieces that were not asked for since the last call. */
  forgetUnused(): void {
    this.byStart = this.used;
    this.used = new Map();
  }

  private open(start: number, length: number): Counted {
    const known = this.used.get(start) ?? this.byStart.get(start);
    const counted =
      known !== undefined && known.settled <= length
        ? known
        : { piece: this.pieces.longPiece(), settled: 0 };
    this.used.set(start, counted);
    return counted;
  }
}

function settledEnd(units: Uint16Array, to: number): number {
  const end = to - UNSETTLED_UNITS;
  return ((units[end - 1] ?? 0) & 0xfc00) === 0xd800 ? end - 1 : end;
}
