/**
 * Runs `step` again and again on so many lanes until the time is over and the last have ended.
 * Resolves with how often it ran. Rejects with the first failure.
 */
export async function keepBusy(
  lanes: number,
  forMs: number,
  step: (count: number) => Promise<unknown>,
): Promise<number> {
  const until = performance.now() + forMs;
  let count = 0;
  const lane = async () => {
    while (performance.now() < until) {
      count += 1;
      await step(count);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return count;
}
