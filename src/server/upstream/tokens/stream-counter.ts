import type { TokenCounter } from './counter';
import { GrowingPieces } from './growing-pieces';
import { Pace } from './pace';
import type { PieceCounter } from './piece-counter';
import type { Splitter } from './split';

const WINDOW_UNITS = 2048;
const PIECES_PER_STEP = 32;

/** Work that may stop after every step of about a millisecond. */
type Steps<Result> = Generator<undefined, Result, undefined>;

/**
 * Counts a text that arrives in deltas. A piece that no later text can change is counted once and
 * dropped; what may still change is kept, and counted provisionally whenever a total is asked for.
 */
export class StreamCounter {
  private readonly pieces: PieceCounter;
  private readonly splitter: Splitter;
  private readonly growing: GrowingPieces;
  /** Text that came since the last count, and has not left. */
  private waiting = '';
  /** Text to be counted next that no work has been begun on. */
  private pending = '';
  private work: Steps<void> | undefined;
  /** Tokens of the pieces that stand. */
  private committed = 0;
  /** Tokens of the text after them. */
  private provisional = 0;
  /** Code units of the whole text before the splitter's. */
  private dropped = 0;
  /** Tokens of what has left; null: of all text but what is waiting, which is not counted yet. */
  private leftTokens: number | null = 0;

  constructor(counter: TokenCounter) {
    this.pieces = counter.pieces;
    this.splitter = counter.pieces.splitter();
    this.growing = new GrowingPieces(counter.pieces);
  }

  /** Adds text; counts nothing yet. */
  push(delta: string): void {
    this.waiting += delta;
  }

  /** All text so far has left; counts nothing yet. */
  left(): void {
    this.takeWaiting();
    this.leftTokens = null;
  }

  /** Exact number of tokens of the text that has left, at the cost and with the bound of `total`. */
  leftTotal(): number {
    if (this.leftTokens === null) {
      while (this.step());
      this.leftTokens = this.committed + this.provisional;
    }
    return this.leftTokens;
  }

  /**
   * Exact number of tokens of the text so far, at a cost of what has come since the last call, also
   * within one endless word. At once: where more than some ten KiB may have come, use `settle`.
   */
  total(): number {
    this.leftTotal();
    this.takeWaiting();
    while (this.step());
    return this.committed + this.provisional;
  }

  /**
   * As `total`, but lets the event loop run every few milliseconds, if it takes that long.
   * @throws the signal's reason, when it is aborted; what was counted is kept
   */
  async settle(signal?: AbortSignal): Promise<number> {
    const pace = new Pace(signal);
    while (this.step()) if (pace.due) await pace.turn();
    this.leftTokens ??= this.committed + this.provisional;
    this.takeWaiting();
    while (this.step()) {
      if (pace.due) await pace.turn();
      this.takeWaiting();
    }
    return this.committed + this.provisional;
  }

  private takeWaiting(): void {
    this.pending += this.waiting;
    this.waiting = '';
  }

  /** Does a little of what there is to do; false when there was nothing. */
  private step(): boolean {
    if (this.work === undefined) {
      if (this.pending === '') return false;
      this.work = this.countPending();
    }
    if (this.work.next().done === true) this.work = undefined;
    return true;
  }

  private *countPending(): Steps<void> {
    const { splitter } = this;
    while (this.pending !== '') {
      this.dropped += splitter.extend(this.pending.slice(0, WINDOW_UNITS));
      this.pending = this.pending.slice(WINDOW_UNITS);
      this.committed += yield* this.countPieces(false);
    }
    this.growing.forgetUnused();
    const open = splitter.save();
    this.provisional = yield* this.countPieces(true);
    splitter.restore(open);
  }

  /** Counts the pieces from here; `final`: also those that later text could change. */
  private *countPieces(final: boolean): Steps<number> {
    const { splitter, pieces } = this;
    let tokens = 0;
    for (let found = 1; splitter.next(splitter.text.length, final); found += 1) {
      const { start, end, text } = splitter;
      tokens += pieces.isLong(end - start)
        ? yield* this.growing.count(text.units, start, end, this.dropped + start)
        : pieces.count(text.units, start, end);
      if (!final) this.growing.forget(this.dropped + start);
      if (found % PIECES_PER_STEP === 0) yield;
    }
    return tokens;
  }
}
