import type { Ledger } from '../domain/ports';
import { isLedgerUnavailable } from '../domain/unavailable';

/** Ledgers that could not be reached when last a request needed them. */
const away = new WeakSet<Ledger>();

/** Whether nothing should be bought beside a write to this ledger: it would come to nothing. */
export const isKnownAway = (ledger: Ledger): boolean => away.has(ledger);

export function noteFailure(ledger: Ledger, error: unknown): void {
  if (isLedgerUnavailable(error)) away.add(ledger);
}

export const noteAnswer = (ledger: Ledger): void => void away.delete(ledger);
