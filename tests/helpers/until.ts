const LOOK_EVERY_MS = 20;

/** Looks again and again until it is so, at most `waitMs`; then it says what never came. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  waitMs = 10_000,
): Promise<void> {
  const deadline = Date.now() + waitMs;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`waited ${waitMs} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
