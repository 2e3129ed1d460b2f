import type { SettlementSpool } from '@/server/domain/ports';

/** Several media as one spool: what the first one refuses goes to the next; all are replayed. */
export function firstThatTakesIt(spools: readonly SettlementSpool[]): SettlementSpool {
  return {
    async put(settlement) {
      const refusals: unknown[] = [];
      for (const spool of spools) {
        try {
          await spool.put(settlement);
          return;
        } catch (error) {
          refusals.push(error);
        }
      }
      throw new AggregateError(refusals, 'No spool takes the settlement');
    },
    async replay(book) {
      let booked = 0;
      for (const spool of spools) booked += await spool.replay(book);
      return booked;
    },
    async waiting() {
      const each = await Promise.all(spools.map((spool) => spool.waiting()));
      return each.reduce((sum, waiting) => sum + waiting, 0);
    },
  };
}
