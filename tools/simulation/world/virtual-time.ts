import type { Scheduler, SimEvent } from './scheduler';

/** What `setTimeout` gives: the code under test only ever clears it or lets go of it. */
interface VirtualTimer {
  readonly event: SimEvent;
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
    dateNow: Date.now,
    performanceNow: performance.now,
  };
  const virtualSetTimeout = (callback: Callback, delayMs?: number, ...args: unknown[]): unknown => {
    const owner = scheduler.current;
    if (owner === null) return real.setTimeout(callback, delayMs, ...args);
    const event = scheduler.after(delayMs ?? 1, owner, () => callback(...args));
    const timer: VirtualTimer = { event, unref: () => timer, ref: () => timer };
    return timer;
  };
  const virtualClearTimeout = (timer: unknown): void => {
    if (isVirtual(timer)) timer.event.isCancelled = true;
    else Reflect.apply(real.clearTimeout, globalThis, [timer]);
  };
  const put = (holder: object, name: string, value: unknown): void => {
    Object.defineProperty(holder, name, { value, configurable: true, writable: true });
  };
  put(globalThis, 'setTimeout', virtualSetTimeout);
  put(globalThis, 'clearTimeout', virtualClearTimeout);
  put(Date, 'now', () =>
    scheduler.current === null
      ? real.dateNow()
      : Math.floor(scheduler.nowMs + scheduler.current.skewMs),
  );
  put(performance, 'now', () =>
    scheduler.current === null ? real.performanceNow.call(performance) : scheduler.nowMs,
  );
  return () => {
    put(globalThis, 'setTimeout', real.setTimeout);
    put(globalThis, 'clearTimeout', real.clearTimeout);
    put(Date, 'now', real.dateNow);
    Reflect.deleteProperty(performance, 'now');
  };
}

const isVirtual = (timer: unknown): timer is VirtualTimer =>
  typeof timer === 'object' && timer !== null && 'event' in timer;
