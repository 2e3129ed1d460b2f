import type { Settlement } from '../charge';

/** A settlement that lies on a spool. */
export interface Spooled {
  /**
   * Forgets it, since its answer does not leave after all: no replay that begins after this hands
   * it out. One that was handed out already is not undone.
   */
  takeBack(): Promise<void>;
}

/**
 * Settlements that wait for the ledger, durable outside of it: what an outage of Postgres at the
 * commit would otherwise lose. Booking is idempotent, so a settlement may be handed out twice.
 */
export interface SettlementSpool {
  /** Durable when it resolves. Throws when no medium takes it. */
  put(settlement: Settlement): Promise<Spooled>;
  /**
   * Hands on every waiting settlement, oldest first, and forgets each one that `book` took; one
   * that it did not take waits on and stands in no other's way. Ends with the first that `book`
   * threw. Resolves to how many were booked.
   */
  replay(book: (settlement: Settlement) => Promise<void>): Promise<number>;
  /** How many wait here, as far as this process knows. */
  waiting(): Promise<number>;
}
