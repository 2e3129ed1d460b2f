import { OPERATIONS } from './operations';
import type { Subject } from './subject';
import type { Times } from './table';

/** The first turns read what is not in memory yet, and plan their statements. */
const WARM_UP = 6;
/** What takes longer than this in all is timed three times and no more. */
const OPERATION_MS = 20_000;
const ROUNDS_MIN = 3;

/**
 * Times every operation in every database. They take turns (A B C A B C …), so that a drift of the
 * machine meets all of them. What is settled stays: the books are right afterwards too.
 */
export async function measure(
  subjects: readonly Subject[],
  rounds: number,
  onOperation: (done: number) => void = () => undefined,
): Promise<ReadonlyMap<string, readonly Times[]>> {
  const results = new Map<string, readonly Times[]>();
  for (const [name, { run, each = 1 }] of Object.entries(OPERATIONS)) {
    const times = subjects.map((): number[] => []);
    const beganMs = performance.now();
    for (let left = WARM_UP + rounds; left > 0; left -= 1) {
      for (const [at, subject] of subjects.entries()) {
        const startedMs = performance.now();
        await run(subject);
        if (left <= rounds) times[at]?.push((performance.now() - startedMs) / each);
      }
      if (performance.now() - beganMs > OPERATION_MS) left = Math.min(left, ROUNDS_MIN + 1);
    }
    results.set(name, times);
    onOperation(results.size);
  }
  return results;
}
