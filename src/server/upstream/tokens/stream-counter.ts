import type { TokenCounter } from './counter';
import { GrowingPieces } from './growing-pieces';
import { Pace } from './pace';
import type { PieceCounter } from './piece-counter';
import type { Splitter } from './split';

const WINDOW_UNITS = 2048;

/**
 * Counts a text that arrives in deltas. A piece that no later text can change is counted once and
 * dropped; what may still change is kept, and counted provisionally whenever a total is asked for.
 */
export class StreamCounter {
  private readonly pieces: PieceCounter;
  private readonly splitter: Splitter;
  private readonly growing: GrowingPieces;
  /** Tokens of the pieces that stand. */
  private committed = 0;
  /** Tokens of the text after them, up to `seen`. */
  private provisional = 0;
  /** How much of the kept text is counted. */
  private seen = 0;
  /** Code units of the whole text before the kept text. */
  private dropped = 0;

  constructor(counter: TokenCounter) {
    this.pieces = counter.pieces;
    this.splitter = counter.pieces.splitter();
    this.growing = new GrowingPieces(counter.pieces);
  }

  /** Adds text; counts nothing yet. */
  push(delta: string): void {
    const dropped = this.splitter.extend(delta);
    this.dropped += dropped;
    this.seen -= dropped;
  }

  /**
   * Exact number of tokens of the text so far, at a cost of what has come since the last call: for
   * deltas of up to some ten KiB, also within one endless word. For more, `settle` first.
   */
  total(): number {
    if (this.seen < this.splitter.text.length) this.countTo(this.splitter.text.length);
    return this.committed + this.provisional;
  }

  /**
   * As `total`, but lets the event loop run every few milliseconds.
   * @throws the signal's reason, when it is aborted
   */
  async settle(signal?: AbortSignal): Promise<number> {
    const pace = new Pace(signal);
    while (this.seen < this.splitter.text.length) {
      this.countTo(Math.min(this.splitter.text.length, this.seen + WINDOW_UNITS));
      if (pace.due) await pace.turn();
    }
    return this.total();
  }

  private countTo(limit: number): void {
    const { splitter } = this;
    while (splitter.next(limit, false)) this.committed += this.countPiece();
    this.growing.forgetBefore(this.dropped + splitter.end);
    const open = splitter.save();
    this.provisional = 0;
    while (splitter.next(limit, true)) this.provisional += this.countPiece();
    splitter.restore(open);
    this.seen = limit;
  }

  private countPiece(): number {
    const { start, end, text } = this.splitter;
    return this.pieces.isLong(end - start)
      ? this.growing.count(text.units, start, end, this.dropped + start)
      : this.pieces.count(text.units, start, end);
  }
}
