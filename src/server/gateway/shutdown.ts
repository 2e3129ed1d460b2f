import { Cancellation, type CancelSignal } from '../domain/cancellation';

/** The signal of one request under way; `release` when it is over. */
export interface RequestSignal {
  readonly signal: CancelSignal;
  release(): void;
}

/**
 * Ends what is under way when a drain has run out of time. Every request has a signal of its own:
 * AbortSignal.any would leave a trace of each one in a signal that lives as long as the process.
 */
export class Shutdown {
  private readonly open = new Set<Cancellation>();
  private readonly trailing = new Set<Promise<void>>();
  private begun = false;

  get isBegun(): boolean {
    return this.begun;
  }

  /** Requests under way, from their head to the end of their body. */
  get underWay(): number {
    return this.open.size;
  }

  /** Notes what goes on after the reply that it belongs to has left. It must not reject. */
  trail(work: Promise<void>): void {
    this.trailing.add(work);
    void work.finally(() => this.trailing.delete(work));
  }

  /** Resolves once all that trails at this moment is over. */
  async trailed(): Promise<void> {
    await Promise.all(this.trailing);
  }

  /** Aborts every request that is still open: streams end and settle what they delivered. */
  begin(): void {
    this.begun = true;
    for (const signal of this.open) signal.abort(new Error('draining'));
  }

  /** A signal that aborts when the client goes away, or when all must end. */
  follow(client: CancelSignal): RequestSignal {
    const signal = Cancellation.following(client);
    if (this.begun) signal.abort(new Error('draining'));
    this.open.add(signal);
    return { signal, release: () => void this.open.delete(signal) };
  }
}
