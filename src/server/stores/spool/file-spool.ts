import type { Settlement } from '@/server/domain/charge';
import type { SettlementSpool } from '@/server/domain/ports';
import { GroupCommit } from '@/server/stores/postgres/group-commit';
import {
  dropDeadDrafts,
  listSpool,
  markTakenBack,
  readSpoolFile,
  removeSpoolFile,
  writeSpoolFile,
} from './spool-files';

const BATCH_MAX = 1_000;

/** Where a settlement was written. */
interface Place {
  readonly name: string;
  readonly line: number;
}

/**
 * A spool on disk. What waits while another write is under way shares the next file; a file is
 * complete once it has its name, and never changes after that, so any process of this folder may
 * replay it. Settlements of a killed process are found by the next one.
 */
export function createFileSpool(
  folder: string,
  onDamaged: (error: unknown) => void,
): SettlementSpool {
  const writes = new GroupCommit<Settlement, Place>({
    flush: async (settlements) => {
      const name = await writeSpoolFile(folder, settlements);
      return settlements.map((_, line) => ({ name, line }));
    },
    batchMax: BATCH_MAX,
    isItemFault: () => false,
    subjectOf: (settlement) => settlement.charge.operationId,
  });
  /** Lines that are booked, of files that stay for the sake of others. */
  const bookedLines = new Map<string, Set<number>>();

  /** Books what a file still has; the file goes once nothing in it waits. */
  async function replayFile(
    name: string,
    takenBack: readonly number[],
    book: (settlement: Settlement) => Promise<void>,
  ): Promise<PromiseSettledResult<void>[]> {
    const settlements = await readSpoolFile(folder, name, onDamaged);
    if (settlements === null) return [];
    const done = bookedLines.get(name) ?? new Set<number>();
    const waits = (line: number) => !done.has(line) && !takenBack.includes(line);
    // All of a file at once: they share the ledger's next transactions.
    const results = await Promise.allSettled(
      [...settlements.entries()]
        .filter(([line]) => waits(line))
        .map(async ([line, settlement]) => {
          await book(settlement);
          done.add(line);
        }),
    );
    if (results.some((result) => result.status === 'rejected')) {
      bookedLines.set(name, done);
    } else {
      await removeSpoolFile(folder, name, takenBack);
    }
    return results;
  }

  return {
    async put(settlement) {
      const { name, line } = await writes.add(settlement);
      return { takeBack: () => markTakenBack(folder, name, line) };
    },
    async replay(book) {
      const { names, takenBack, drafts } = await listSpool(folder);
      await dropDeadDrafts(folder, drafts);
      for (const name of bookedLines.keys()) if (!names.includes(name)) bookedLines.delete(name);
      const results: PromiseSettledResult<void>[] = [];
      for (const name of names) {
        results.push(...(await replayFile(name, takenBack.get(name) ?? [], book)));
      }
      const failed = results.find((result) => result.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
      return results.length;
    },
    async waiting() {
      const { names, takenBack } = await listSpool(folder);
      let waiting = 0;
      for (const name of names) {
        const settlements = await readSpoolFile(folder, name, onDamaged);
        const done = bookedLines.get(name)?.size ?? 0;
        waiting += (settlements?.length ?? 0) - done - (takenBack.get(name)?.length ?? 0);
      }
      return waiting;
    },
  };
}
