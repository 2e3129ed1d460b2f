import type { OpenCharge } from '../domain/charge';
import { LEASE_MS } from './limits';

/**
 * Rows that requests asked for and gave up, since the ledger did not answer: it may write them yet,
 * and nobody works on them any more.
 */
export interface DoubtfulRows {
  add(charge: OpenCharge): void;
  all(): readonly OpenCharge[];
  /** The ledger says that it is not there. One that appears a lease later is left to the sweeper. */
  absent(charge: OpenCharge): void;
  remove(charge: OpenCharge): void;
}

interface Doubt {
  readonly charge: OpenCharge;
  /** Null until the ledger has answered once. */
  watchedUntilMs: number | null;
}

/** What is beyond, the sweeper ends by its lease. */
const DOUBTS_MAX = 10_000;

const nameOf = (charge: OpenCharge): string => `${charge.operationId}/${charge.owner}`;

export function createDoubtfulRows(): DoubtfulRows {
  const doubts = new Map<string, Doubt>();
  return {
    add(charge) {
      if (doubts.size >= DOUBTS_MAX) return;
      doubts.set(nameOf(charge), { charge, watchedUntilMs: null });
    },
    all: () => [...doubts.values()].map(({ charge }) => charge),
    absent(charge) {
      const doubt = doubts.get(nameOf(charge));
      if (doubt === undefined) return;
      doubt.watchedUntilMs ??= performance.now() + LEASE_MS;
      if (performance.now() >= doubt.watchedUntilMs) doubts.delete(nameOf(charge));
    },
    remove: (charge) => void doubts.delete(nameOf(charge)),
  };
}
