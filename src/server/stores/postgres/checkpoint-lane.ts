import type { Checkpoint, Grip, Renewal } from '@/server/domain/ports';
import { isLedgerUnavailable, LedgerUnavailable } from '@/server/domain/unavailable';
import { GroupCommit } from './group-commit';

const BATCH_MAX = 500;
/** A row that another statement has for a moment is tried again; one that stays locked is given up. */
const BUSY_MS_MAX = 1_000;
const BUSY_RETRY_MS = 20;

type Flush = (checkpoints: readonly Checkpoint[]) => Promise<readonly Renewal[]>;

/**
 * Writes checkpoints in groups, many streams in one statement that waits for no lock. Whose row
 * somebody keeps locked waits alone, and throws LedgerUnavailable in the end.
 */
export function createCheckpointLane(flush: Flush): (checkpoint: Checkpoint) => Promise<Grip> {
  const lane = new GroupCommit<Checkpoint, Renewal>({
    flush,
    batchMax: BATCH_MAX,
    subjectOf: ({ charge }) => charge.transactionId,
    isItemFault: (error) => !isLedgerUnavailable(error),
  });
  return async (checkpoint) => {
    const until = Date.now() + BUSY_MS_MAX;
    for (;;) {
      const grip = await lane.add(checkpoint);
      if (grip !== 'busy') return grip;
      if (Date.now() >= until) throw new LedgerUnavailable(new Error('Its row stays locked'));
      await new Promise((resolve) => setTimeout(resolve, BUSY_RETRY_MS));
    }
  };
}
