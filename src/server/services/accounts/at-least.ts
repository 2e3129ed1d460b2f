import { setTimeout as sleep } from 'node:timers/promises';

/** More than any of the work behind a form takes on a machine that is not overloaded. */
export const ANSWER_MS_MIN = 500;

/** Runs work, and answers no earlier than `ms`, so that time does not tell what it found. */
export async function atLeast<T>(ms: number, work: () => Promise<T>): Promise<T> {
  const [done] = await Promise.allSettled([work(), sleep(ms)]);
  if (done.status === 'rejected') throw done.reason;
  return done.value;
}
