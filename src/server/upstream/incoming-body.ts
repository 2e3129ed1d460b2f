/** What stands behind a body: the connection that its bytes come from. */
export interface BodySource {
  pause(): void;
  resume(): void;
  abort(reason: Error): void;
}

/** So much may wait for a slow reader before its upstream has to. */
const WAITING_BYTES_MAX = 256 * 1024;
const PIECE_BYTES_MAX = 64 * 1024;

/**
 * The bytes of a reply for one reader, one read at a time. What came in since the last read is
 * given in one piece; a reader that falls behind holds up the upstream, not the memory.
 */
export class IncomingBody implements AsyncIterableIterator<Uint8Array> {
  private waiting: Uint8Array[] = [];
  private waitingBytes = 0;
  private isPaused = false;
  private isOver = false;
  private error: Error | null = null;
  /** Wakes the reader that waits. */
  private wake: (() => void) | null = null;

  /** `onEnd` is called once, when the body is over for whatever reason. */
  constructor(
    private readonly source: BodySource,
    private readonly onEnd: () => void,
  ) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Given once all is here that came with it: one read of a connection often brings many pieces. */
  async next(): Promise<IteratorResult<Uint8Array>> {
    if (this.waitingBytes === 0 && !this.isOver) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    if (this.waitingBytes > 0) return { done: false, value: this.take() };
    if (this.error !== null) throw this.error;
    return { done: true, value: undefined };
  }

  /** The reader wants no more: the connection is closed unless the reply is whole. */
  return(): Promise<IteratorResult<Uint8Array>> {
    if (!this.isOver) this.source.abort(new Error('Its reader stopped reading'));
    this.end(null);
    this.waiting = [];
    this.waitingBytes = 0;
    this.error = null;
    return Promise.resolve({ done: true, value: undefined });
  }

  push(chunk: Uint8Array): void {
    if (this.isOver || chunk.length === 0) return;
    this.waiting.push(chunk);
    this.waitingBytes += chunk.length;
    this.wakeReader();
    if (this.waitingBytes < WAITING_BYTES_MAX || this.isPaused) return;
    this.isPaused = true;
    this.source.pause();
  }

  /** No byte follows: the reply is whole where there is no error. */
  end(error: Error | null): void {
    if (this.isOver) return;
    this.isOver = true;
    this.error = error;
    this.onEnd();
    this.wakeReader();
  }

  private wakeReader(): void {
    this.wake?.();
    this.wake = null;
  }

  private take(): Uint8Array {
    const [only] = this.waiting;
    if (only !== undefined && this.waiting.length === 1) return this.taken(only, 1);
    let bytes = 0;
    let count = 0;
    for (const chunk of this.waiting) {
      if (count > 0 && bytes + chunk.length > PIECE_BYTES_MAX) break;
      bytes += chunk.length;
      count += 1;
    }
    return this.taken(Buffer.concat(this.waiting.slice(0, count), bytes), count);
  }

  private taken(piece: Uint8Array, count: number): Uint8Array {
    this.waiting = count === this.waiting.length ? [] : this.waiting.slice(count);
    this.waitingBytes -= piece.length;
    if (this.isPaused && this.waitingBytes < WAITING_BYTES_MAX / 2) {
      this.isPaused = false;
      this.source.resume();
    }
    return piece;
  }
}
