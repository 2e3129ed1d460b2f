// @ts-check
import { Interrupted } from './messages.mjs';
import { signalHelpers } from './processes.mjs';

/** npm passes a Ctrl-C on that the terminal has already sent us: one press, two signals. */
const SAME_PRESS_MS = 500;
const PARENT_POLL_MS = 250;

/**
 * @typedef {object} Interrupts
 * @property {Promise<void>} requested resolves when the first SIGINT, SIGTERM or SIGHUP comes
 * @property {() => void} check throws Interrupted once it has come
 * @property {(callback: () => void) => void} onHurry at a second Ctrl-C
 */

/**
 * Takes over the ending signals, for good; whatever `run` is waiting for gets them too.
 * @returns {Interrupts}
 */
export function watchInterrupts() {
  let firstAt = 0;
  let hurry = () => {};
  /** @type {() => void} */
  let resolve = () => {};
  /** @type {Promise<void>} */
  const requested = new Promise((done) => {
    resolve = done;
  });
  /** @param {NodeJS.Signals} signal */
  const take = (signal) => {
    const now = Date.now();
    if (firstAt === 0) {
      firstAt = now;
      signalHelpers(signal);
      resolve();
    } else if (now - firstAt > SAME_PRESS_MS) {
      hurry();
    }
  };
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, take);
  }
  watchParent(() => firstAt === 0 && take('SIGTERM'));
  return {
    requested,
    check: () => {
      if (firstAt > 0) throw new Interrupted();
    },
    onHurry: (callback) => {
      hurry = callback;
    },
  };
}

/** A killed npm cannot pass a signal on; we are then handed to another parent. @param {() => void} onGone */
function watchParent(onGone) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => process.ppid !== parent && onGone(), PARENT_POLL_MS);
  timer.unref();
}
