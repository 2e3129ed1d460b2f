import type { SettlementSpool } from '@/server/domain/ports';

/** Several media as one spool: what the first one refuses goes to the next; all are replayed. */
export function firstThatTakesIt(spools: readonly SettlementSpool[]): SettlementSpool {
  return {
    async put(settlement) {
      const refusals: unknown[] = [];
      for (const spool of spools) {
        try {
          return await spool.put(settlement);
        } catch (error) {
          refusals.push(error);
        }
      }
      throw new AggregateError(refusals, 'No spool takes the settlement');
    },
    async replay(book) {
      let booked = 0;
      const failures: unknown[] = [];
      for (const spool of spools) {
        try {
          booked += await spool.replay(book);
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
      return booked;
    },
    async waiting() {
      const each = await Promise.all(spools.map((spool) => spool.waiting()));
      return each.reduce((sum, waiting) => sum + waiting, 0);
    },
  };
}
