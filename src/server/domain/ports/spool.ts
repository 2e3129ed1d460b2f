import type { Settlement } from '../charge';

/**
 * Settlements that wait for the ledger, durable outside of it: what an outage of Postgres at the
 * commit would otherwise lose. Booking is idempotent, so a settlement may be handed out twice.
 */
export interface SettlementSpool {
  /** Durable when it resolves. Throws when no medium takes it. */
  put(settlement: Settlement): Promise<void>;
  /**
   * Hands on every waiting settlement, oldest first, and forgets each one that `book` took.
   * Ends with what `book` threw; the rest waits. Resolves to how many were booked.
   */
  replay(book: (settlement: Settlement) => Promise<void>): Promise<number>;
  /** How many wait here, as far as this process knows. */
  waiting(): Promise<number>;
}
