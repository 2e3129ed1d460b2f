import type { Scheduler, SimEvent } from './scheduler';

/** What a timer is: the code under test only ever clears it or lets go of it. */
interface VirtualTimer {
  event: SimEvent;
  unref(): VirtualTimer;
  ref(): VirtualTimer;
}

type Callback = (...args: unknown[]) => void;

/**
 * Puts the scheduler's clock in place of the process's timers and clocks, for the code of simulated
 * processes; whoever else runs in between keeps the real ones. Returns what undoes it.
 */
export function replaceClocks(scheduler: Scheduler): () => void {
  const real = {
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
    setInterval: globalThis.setInterval,
    clearInterval: globalThis.clearInterval,
    dateNow: Date.now,
    performanceNow: performance.now,
  };
  const virtualSetTimeout = (callback: Callback, delayMs?: number, ...args: unknown[]): unknown => {
    const owner = scheduler.current;
    if (owner === null) return real.setTimeout(callback, delayMs, ...args);
    return timerOf(scheduler.after(delayMs ?? 1, owner, () => callback(...args)));
  };
  const virtualSetInterval = (
    callback: Callback,
    everyMs?: number,
    ...args: unknown[]
  ): unknown => {
    const owner = scheduler.current;
    if (owner === null) return real.setInterval(callback, everyMs, ...args);
    const begin = (): SimEvent =>
      scheduler.after(everyMs ?? 1, owner, () => {
        timer.event = begin();
        callback(...args);
      });
    const timer = timerOf(begin());
    return timer;
  };
  const clearWith =
    (clear: (timer: undefined) => void) =>
    (timer: unknown): void => {
      if (isVirtual(timer)) timer.event.isCancelled = true;
      else Reflect.apply(clear, globalThis, [timer]);
    };
  const put = (holder: object, name: string, value: unknown): void => {
    Object.defineProperty(holder, name, { value, configurable: true, writable: true });
  };
  put(globalThis, 'setTimeout', virtualSetTimeout);
  put(globalThis, 'clearTimeout', clearWith(real.clearTimeout));
  put(globalThis, 'setInterval', virtualSetInterval);
  put(globalThis, 'clearInterval', clearWith(real.clearInterval));
  put(Date, 'now', () =>
    scheduler.current === null
      ? real.dateNow()
      : Math.floor(scheduler.nowMs + scheduler.current.skewMs),
  );
  put(performance, 'now', () =>
    scheduler.current === null ? real.performanceNow.call(performance) : scheduler.nowMs,
  );
  return () => {
    for (const name of ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] as const) {
      put(globalThis, name, real[name]);
    }
    put(Date, 'now', real.dateNow);
    Reflect.deleteProperty(performance, 'now');
  };
}

function timerOf(event: SimEvent): VirtualTimer {
  const timer: VirtualTimer = { event, unref: () => timer, ref: () => timer };
  return timer;
}

const isVirtual = (timer: unknown): timer is VirtualTimer =>
  typeof timer === 'object' && timer !== null && 'event' in timer;
