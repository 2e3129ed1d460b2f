// @ts-check

/** npm passes a Ctrl-C on that the terminal has already sent us: one press, two signals. */
const SAME_PRESS_MS = 500;

/**
 * Calls back on the first SIGINT, SIGTERM or SIGHUP and again, with hurry, on a later one.
 * @param {(signal: NodeJS.Signals, hurry: boolean) => void} callback
 */
export function onInterrupt(callback) {
  let firstAt = 0;
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      const now = Date.now();
      if (firstAt === 0) {
        firstAt = now;
        callback(signal, false);
      } else if (now - firstAt > SAME_PRESS_MS) {
        callback(signal, true);
      }
    });
  }
}
