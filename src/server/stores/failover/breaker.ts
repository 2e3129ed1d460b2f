/** Whether Redis may be used. Open: everything goes to Postgres, and a probe looks for its return. */
export interface Breaker {
  readonly isClosed: boolean;
  /** Grows with every outage; what was known of Redis before it does not count after it. */
  readonly epoch: number;
  trip(reason: string): void;
  stop(): void;
}

export interface BreakerOptions {
  /** Resolves when Redis can be trusted again; rejects while it cannot. */
  readonly probe: () => Promise<void>;
  readonly probeEveryMs: number;
  readonly onChange: (isClosed: boolean, reason: string) => void;
}

export function createBreaker(options: BreakerOptions): Breaker {
  let isClosed = true;
  let epoch = 0;
  let isStopped = false;
  let timer: NodeJS.Timeout | null = null;
  const probe = () => {
    options.probe().then(close, schedule);
  };
  const schedule = () => {
    if (isStopped) return;
    timer = setTimeout(probe, options.probeEveryMs);
    timer.unref();
  };
  const close = () => {
    timer = null;
    isClosed = true;
    tell('probe answered');
  };
  // Whoever stops it hangs up on Redis next: that is no outage to speak of.
  const tell = (reason: string) => {
    if (!isStopped) options.onChange(isClosed, reason);
  };
  return {
    get isClosed() {
      return isClosed;
    },
    get epoch() {
      return epoch;
    },
    trip(reason) {
      if (!isClosed) return;
      isClosed = false;
      epoch += 1;
      tell(reason);
      schedule();
    },
    stop() {
      isStopped = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}
