const LOOK_EVERY_MS = 20;
/** For what a busy machine takes long over; a promised time is for the test to measure. */
const WAIT_MS = 30_000;

/** Looks again and again until it is so, at most `waitMs`; then it says what never came. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  waitMs = WAIT_MS,
): Promise<void> {
  const deadline = Date.now() + waitMs;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`waited ${waitMs} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
