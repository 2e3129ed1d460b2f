import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Longest time that the event loop stood still during `work`, in ms: between two turns, the time on
 * the clock or this process's time on the processor, whichever is less, because another process
 * may hold the processor, and a helper thread may run beside us.
 */
export async function blockedMs(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let done = false;
  const watch = async (): Promise<void> => {
    while (!done) {
      const wall = performance.now();
      const cpu = process.cpuUsage();
      await nextTurn();
      const used = process.cpuUsage(cpu);
      const cpuMs = (used.user + used.system) / 1000;
      longest = Math.max(longest, Math.min(performance.now() - wall, cpuMs));
    }
  };
  const watching = watch();
  await work().finally(() => {
    done = true;
  });
  await watching;
  return longest;
}
