// @ts-check
// Loaded into the simulator before its own code. A Ctrl-C reaches the whole process group, yet open
// streams need their upstream until the server has drained: only start ends the simulator, and when
// start was killed it goes once the server has gone.
import { isAlive } from './processes.mjs';

const POLL_MS = 250;
const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

let serverPid = 0;
const ignore = () => undefined;
for (const signal of SIGNALS) process.on(signal, ignore);
process.on('newListener', (event, listener) => {
  const isEnding = SIGNALS.some((signal) => signal === event);
  if (isEnding && listener !== ignore) setImmediate(() => process.off(String(event), listener));
});

process.on('message', (/** @type {{ serverPid?: number }} */ message) => {
  serverPid = message.serverPid ?? serverPid;
});
process.on('disconnect', () => {
  setInterval(() => {
    if (serverPid === 0 || !isAlive(serverPid)) process.exit(0);
  }, POLL_MS);
});
