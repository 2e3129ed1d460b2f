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
  const writes = new GroupCommit<Settlement, { readonly name: string; readonly line: number }>({
    flush: async (settlements) => {
      const names = settlements.map(({ charge }) => charge.operationId).join(', ');
      const records = settlements.map(encodeSettlement);
      const name = await takes(`spooled ${names}`, () => disk.write(records));
      return settlements.map((_, line) => ({ name, line }));
    },
    batchMax: 1_000,
    subjectOf: ({ charge }) => charge.operationId,
    isItemFault: () => false,
  });
  return {
    async put(settlement) {
      const { name, line } = await writes.add(settlement);
      const label = `took back ${settlement.charge.operationId}`;
      return { takeBack: () => takes(label, () => disk.strike(name, line)) };
    },
    async replay(book) {
      const results: PromiseSettledResult<void>[] = [];
      for (const [name, records] of [...disk.files]) {
        const booked = records.map(async (record, line) => {
          if (record === '') return;
          await book(decodeSettlement(record));
          stage.reach('spool: replayed from disk');
          await takes(`forgot ${name}/${line}`, () => disk.strike(name, line));
        });
        results.push(...(await Promise.allSettled(booked)));
      }
      const failed = results.find((result) => result.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
      return results.length;
    },
    waiting: async () => [...disk.files.values()].flat().filter((record) => record !== '').length,
  };
}
