import { OPERATIONS } from './operations';
import type { Subject } from './subject';
import type { Times } from './table';

/** The first turns read what is not in memory yet, and plan their statements. */
const WARM_UP = 6;

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
    for (let round = -WARM_UP; round < rounds; round += 1) {
      for (const [at, subject] of subjects.entries()) {
        const startedMs = performance.now();
        await run(subject);
        if (round >= 0) times[at]?.push((performance.now() - startedMs) / each);
      }
    }
    results.set(name, times);
    onOperation(results.size);
  }
  return results;
}
