// @ts-check
// Loaded into the simulator before its own code. A Ctrl-C reaches the whole process group, yet open
// streams need their upstream until the server has drained: only start ends the simulator, and when
// start was killed it goes once the server has gone.
import { isAlive } from './processes.mjs';

const POLL_MS = 250;
const ENDINGS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'];

let serverPid = 0;
const ignore = () => undefined;
const followServer = () => {
  setInterval(() => {
    if (!isAlive(serverPid)) process.exit(0);
  }, POLL_MS);
};
for (const event of ENDINGS) process.on(event, event === 'disconnect' ? followServer : ignore);
process.on('newListener', (event, listener) => {
  const name = String(event);
  if (ENDINGS.includes(name)) setImmediate(() => process.off(name, listener));
});
process.on('message', (/** @type {{ serverPid?: number }} */ message) => {
  serverPid = message.serverPid ?? serverPid;
});
