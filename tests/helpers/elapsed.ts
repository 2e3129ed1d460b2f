/** How long it took, in milliseconds of wall time. */
export async function elapsedMs(run: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await run();
  return performance.now() - from;
}

/** Twenty times what the usual thing takes has failed on any machine. */
const SLOWER_MAX = 20;

/** A promised bound; where the machine is so busy that even the usual thing takes long, it grows. */
export const boundMs = (promisedMs: number, usualMs: number): number =>
  Math.max(promisedMs, SLOWER_MAX * usualMs);
