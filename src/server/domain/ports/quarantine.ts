import type { Settlement } from '../charge';
import type { OperationId } from '../ids';

/** A settlement that the ledger refused, and why. */
export interface QuarantinedSettlement {
  readonly operationId: OperationId;
  readonly settlement: Settlement;
  readonly reason: string;
  /** How often the ledger has refused it. */
  readonly tries: number;
  readonly createdAt: Date;
}

/** `dismissed`: an operator gave it up; the sweeper then ends the charge at its checkpoint. */
export type Resolution = 'booked' | 'dismissed';

/**
 * What a retry came to; `missing`: nothing of that name waits. `left_to_sweeper`: it was a sweeper's
 * own, and the next sweep judges its row anew.
 */
export type RetryOutcome = 'booked' | 'refused' | 'left_to_sweeper' | 'missing';

/** Where refused settlements wait for an operator; none is ever dropped. */
export interface Quarantine {
  /**
   * Keeps it; one that is here already counts one more try, and gives way unless the newer one is a
   * sweeper's: that knows less than the owner. Throws LedgerUnavailable.
   */
  put(settlement: Settlement, reason: string): Promise<void>;
  /** Oldest first. */
  list(limit: number): Promise<readonly QuarantinedSettlement[]>;
  find(operationId: OperationId): Promise<QuarantinedSettlement | null>;
  /** False when nothing of that name waits. */
  resolve(operationId: OperationId, resolution: Resolution): Promise<boolean>;
  waiting(): Promise<number>;
}
