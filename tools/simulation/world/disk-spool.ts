import type { Settlement } from '@/server/domain/charge';
import type { SettlementSpool } from '@/server/domain/ports';
import { GroupCommit } from '@/server/stores/postgres/group-commit';
import { decodeSettlement, encodeSettlement } from '@/server/stores/spool/settlement-record';
import type { Disk } from './disk';
import type { Process } from './scheduler';
import type { Stage } from './stage';

/** The twin of the file spool: written and synced as one step, found by whoever reads the disk. */
export function diskSpool(stage: Stage, process: Process, disk: Disk): SettlementSpool {
  const takes = <T>(label: string, work: () => T): Promise<T> =>
    new Promise((resolve, reject) => {
      // Writing and the news of it are two steps: a process may die between them.
      stage.scheduler.after(stage.dice.skewed(0.2, 8), process, () => {
        try {
          const result = work();
          stage.journal.say(() => `${process.name}: ${label}`);
          stage.scheduler.after(stage.dice.skewed(0, 1), process, () => resolve(result));
        } catch (error) {
          reject(error);
        }
      });
    });
  const writes = new GroupCommit<Settlement, true>({
    flush: async (settlements) => {
      const names = settlements.map(({ charge }) => charge.operationId).join(', ');
      await takes(`spooled ${names}`, () => disk.write(settlements.map(encodeSettlement)));
      return settlements.map(() => true as const);
    },
    batchMax: 1_000,
    subjectOf: ({ charge }) => charge.operationId,
    isItemFault: () => false,
  });
  return {
    async put(settlement) {
      await writes.add(settlement);
    },
    async replay(book) {
      let booked = 0;
      for (const [name, lines] of [...disk.files]) {
        await Promise.all(lines.map((line) => book(decodeSettlement(line))));
        booked += lines.length;
        await takes(`forgot ${name}`, () => disk.files.delete(name));
      }
      return booked;
    },
    waiting: async () => [...disk.files.values()].reduce((sum, lines) => sum + lines.length, 0),
  };
}
