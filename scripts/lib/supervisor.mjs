// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';
import { complain, reasonOf, say } from './messages.mjs';
import { isAlive } from './processes.mjs';

const POLL_MS = 250;
const BACKOFF_MS = [1_000, 2_000, 4_000, 8_000, 15_000];
const STEADY_MS = 60_000;

/** @typedef {{ pid: () => number, release: () => Promise<number> }} Supervised */

/**
 * Watches a process that we depend on and brings it up again whenever it dies, with growing pauses.
 * @param {string} name
 * @param {number} firstPid
 * @param {() => Promise<number>} restart resolves to the new pid once it serves
 * @param {() => void} onChange called when the pid has changed
 * @returns {Supervised} release ends the watch (not the process) and resolves to the last pid
 */
export function keepRunning(name, firstPid, restart, onChange) {
  const ended = new AbortController();
  const { signal } = ended;
  let pid = firstPid;
  let isUp = true;
  let upSince = Date.now();
  let attempt = 0;

  const watch = async () => {
    while (!signal.aborted) {
      await pause(POLL_MS, signal);
      if (signal.aborted || isAlive(pid)) continue;
      if (isUp) complain(`${name} (pid ${pid}) has ended unexpectedly; starting it again …`);
      if (isUp && Date.now() - upSince > STEADY_MS) attempt = 0;
      isUp = false;
      await pause(BACKOFF_MS[Math.min(attempt, BACKOFF_MS.length - 1)] ?? 0, signal);
      attempt += 1;
      if (!signal.aborted) await revive();
    }
  };
  const revive = async () => {
    try {
      pid = await restart();
    } catch (error) {
      complain(`${name} cannot be started and will be tried again: ${reasonOf(error)}`);
      return;
    }
    isUp = true;
    upSince = Date.now();
    try {
      onChange();
    } catch (error) {
      complain(reasonOf(error));
    }
    say(`${name} is back (pid ${pid}).`);
  };

  const watching = watch();
  return {
    pid: () => pid,
    release: async () => {
      ended.abort();
      await watching;
      return pid;
    },
  };
}

/** @param {number} ms @param {AbortSignal} signal */
async function pause(ms, signal) {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
