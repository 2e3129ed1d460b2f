import type { Reading } from './watch/reading';

/** The memory of a process that forgets nothing grows; of one that does, it may breathe. */
export const HEAP_RATIO_MAX = 1.1;
/** Buffers of replies that just went; sockets that a pool opened at the busiest moment. */
const EXTERNAL_GROWTH_BYTES_MAX = 16 * 1_024 * 1_024;
const HANDLES_GROWTH_MAX = 64;
/** The load would not be what it says it is. */
const UNEXPECTED_SHARE_MAX = 0.001;

export interface Books {
  /** What the audit found not to hold. */
  readonly broken: readonly string[];
  /** Answers that clients have whole, and that were not stored ones. */
  readonly delivered: number;
  readonly committed: number;
  readonly pending: number;
  readonly spooled: number;
  /** Keys in Redis that would live for ever. */
  readonly immortalKeys: number;
}

export interface Evidence {
  readonly first: Reading;
  readonly last: Reading;
  readonly books: Books;
  readonly unexpected: ReadonlyMap<string, number>;
}

/** What is wrong, a sentence each; empty: it holds. */
export function judge({ first, last, books, unexpected }: Evidence): string[] {
  const faults = [...growthFaults(first, last), ...bookFaults(books)];
  const strange = [...unexpected.values()].reduce((sum, count) => sum + count, 0);
  if (strange > last.requests * UNEXPECTED_SHARE_MAX) {
    faults.push(`${strange} requests ended otherwise than they should.`);
  }
  return faults;
}

function growthFaults(first: Reading, last: Reading): string[] {
  const faults: string[] = [];
  const ratio = last.heapBytes / first.heapBytes;
  if (!(ratio <= HEAP_RATIO_MAX)) {
    faults.push(`The heap grew to ${ratio.toFixed(2)} of what it was; ${HEAP_RATIO_MAX} may be.`);
  }
  if (last.externalBytes - first.externalBytes > EXTERNAL_GROWTH_BYTES_MAX) {
    faults.push(`Buffers grew from ${first.externalBytes} to ${last.externalBytes} bytes.`);
  }
  for (const what of ['descriptors', 'resources'] as const) {
    if (last[what] - first[what] > HANDLES_GROWTH_MAX) {
      faults.push(`The open ${what} grew from ${first[what]} to ${last[what]}.`);
    }
  }
  return faults;
}

function bookFaults(books: Books): string[] {
  const faults = books.broken.map((name) => `The audit: ${name} does not hold.`);
  if (books.committed < books.delivered) {
    faults.push(`${books.delivered} answers were delivered, ${books.committed} were charged.`);
  }
  if (books.pending > 0) faults.push(`${books.pending} charges are still open.`);
  if (books.spooled > 0) faults.push(`${books.spooled} files are still on the spool.`);
  if (books.immortalKeys > 0) faults.push(`${books.immortalKeys} keys in Redis never expire.`);
  return faults;
}
