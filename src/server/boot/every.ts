export interface Background {
  /** Starts nothing more and waits for what is running. */
  stop(): Promise<void>;
}

/** Runs a job again and again, so long after it has ended: never two of one at once. */
export function every(
  intervalMs: number,
  name: string,
  onFault: (name: string, cause: unknown) => void,
  run: () => Promise<unknown>,
): Background {
  let isStopped = false;
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<void> = Promise.resolve();
  const tick = async () => {
    try {
      await run();
    } catch (cause) {
      onFault(name, cause);
    }
    if (!isStopped) schedule();
  };
  const schedule = () => {
    timer = setTimeout(() => {
      running = tick();
    }, intervalMs);
    timer.unref();
  };
  schedule();
  return {
    stop: async () => {
      isStopped = true;
      if (timer !== null) clearTimeout(timer);
      await running;
    },
  };
}
