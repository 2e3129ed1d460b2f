import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';

const SLICE_MS_MAX = 6;

/** Keeps a long computation from holding the event loop: ask it often, it yields when it must. */
export class Pace {
  private sliceStartMs = performance.now();

  constructor(private readonly signal?: AbortSignal) {}

  /** True when this slice is used up: await `turn()` before going on. */
  get due(): boolean {
    return performance.now() - this.sliceStartMs > SLICE_MS_MAX;
  }

  /** Lets others run. Throws the signal's reason when it is aborted. */
  async turn(): Promise<void> {
    this.signal?.throwIfAborted();
    await nextTurn();
    this.signal?.throwIfAborted();
    this.sliceStartMs = performance.now();
  }
}
