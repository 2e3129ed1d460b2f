/** The signal of one request under way; `release` when it is over. */
export interface RequestSignal {
  readonly signal: AbortSignal;
  release(): void;
}

/**
 * Ends what is under way when a drain has run out of time. Every request has a signal of its own:
 * AbortSignal.any would leave a trace of each one in a signal that lives as long as the process.
 */
export class Shutdown {
  private readonly open = new Set<AbortController>();
  private begun = false;

  get isBegun(): boolean {
    return this.begun;
  }

  /** Requests under way, from their head to the end of their body. */
  get underWay(): number {
    return this.open.size;
  }

  /** Aborts every request that is still open: streams end and settle what they delivered. */
  begin(): void {
    this.begun = true;
    for (const controller of this.open) controller.abort(new Error('draining'));
  }

  /** A signal that aborts when the client goes away, or when all must end. */
  follow(client: AbortSignal): RequestSignal {
    const controller = new AbortController();
    const leave = () => controller.abort(client.reason);
    if (client.aborted) leave();
    else client.addEventListener('abort', leave, { once: true });
    if (this.begun) controller.abort(new Error('draining'));
    this.open.add(controller);
    return { signal: controller.signal, release: () => void this.open.delete(controller) };
  }
}
