import { Pace } from './pace';
import type { PieceCounter } from './piece-counter';
import type { Splitter } from './split';
import type { Vocabulary } from './vocabulary';

/** Text looked at between two looks at the clock. */
const WINDOW_UNITS = 2048;
/** Longer texts get a buffer of their own, so that the shared one stays small. */
const SHARED_UNITS_MAX = 1 << 16;

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
  private readonly shared: Splitter;

  constructor(readonly pieces: PieceCounter) {
    this.shared = pieces.splitter();
  }

  get vocabulary(): Vocabulary {
    return this.pieces.vocabulary;
  }

  count(text: string): number {
    const splitter = text.length <= SHARED_UNITS_MAX ? this.shared : this.pieces.splitter();
    splitter.reset(text);
    let tokens = 0;
    while (splitter.next(text.length, true)) {
      tokens += this.pieces.count(splitter.text.units, splitter.start, splitter.end);
    }
    return tokens;
  }

  async countSliced(text: string, signal?: AbortSignal, pace = new Pace(signal)): Promise<number> {
    const splitter = this.pieces.splitter();
    let tokens = 0;
    for (let from = 0; from < text.length; from += WINDOW_UNITS) {
      splitter.extend(text.slice(from, from + WINDOW_UNITS));
      const final = from + WINDOW_UNITS >= text.length;
      while (splitter.next(splitter.text.length, final)) {
        tokens += this.pieces.isLong(splitter.end - splitter.start)
          ? await this.countLong(splitter, pace)
          : this.pieces.count(splitter.text.units, splitter.start, splitter.end);
      }
      if (pace.due) await pace.turn();
    }
    return tokens;
  }

  private async countLong(splitter: Splitter, pace: Pace): Promise<number> {
    const piece = this.pieces.longPiece();
    for (let i = splitter.start; i < splitter.end; ) {
      i = piece.push(splitter.text.units, i, splitter.end);
      if (pace.due) await pace.turn();
    }
    return piece.count;
  }
}
