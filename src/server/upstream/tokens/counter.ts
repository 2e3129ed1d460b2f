import { Pace } from './pace';
import type { PieceCounter } from './piece-counter';
import type { Vocabulary } from './vocabulary';

/** Text looked at between two looks at the clock. */
const WINDOW_UNITS = 4096;

/** Counts tokens as js-tiktoken's `encode(text, [], []).length` would: special tokens are text. */
export interface TokenCounter {
  readonly vocabulary: Vocabulary;
  /** What a `StreamCounter` works with. */
  readonly pieces: PieceCounter;
  /** Counts at once, in time linear in the text: for texts of a few KiB. */
  count(text: string): number;
  /**
   * Counts a text of any size and lets the event loop run every few milliseconds; work that
   * consists of several texts passes its own `pace`.
   * @throws the signal's reason, when it is aborted
   */
  countSliced(text: string, signal?: AbortSignal, pace?: Pace): Promise<number>;
}

export class BytePairCounter implements TokenCounter {
  constructor(readonly pieces: PieceCounter) {}

  get vocabulary(): Vocabulary {
    return this.pieces.vocabulary;
  }

  count(text: string): number {
    const splitter = this.pieces.splitter(text);
    let tokens = 0;
    while (splitter.next(text.length, true)) {
      tokens += this.pieces.count(text, splitter.start, splitter.end);
    }
    return tokens;
  }

  async countSliced(text: string, signal?: AbortSignal, pace = new Pace(signal)): Promise<number> {
    const splitter = this.pieces.splitter(text);
    let tokens = 0;
    for (let limit = 0; limit < text.length; ) {
      limit = Math.min(text.length, limit + WINDOW_UNITS);
      while (splitter.next(limit, limit === text.length)) {
        const { start, end } = splitter;
        tokens += this.pieces.isLong(end - start)
          ? await this.countLong(text, start, end, pace)
          : this.pieces.count(text, start, end);
      }
      if (pace.due) await pace.turn();
    }
    return tokens;
  }

  private async countLong(text: string, from: number, to: number, pace: Pace): Promise<number> {
    const piece = this.pieces.longPiece();
    for (let i = from; i < to; ) {
      i = piece.push(text, i, to);
      if (pace.due) await pace.turn();
    }
    return piece.count;
  }
}
