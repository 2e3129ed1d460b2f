/** The ledger cannot be reached or will not serve now; whether a write took effect is unknown. */
export class LedgerUnavailable extends Error {
  constructor(cause: unknown) {
    super('The ledger is unavailable', { cause });
    this.name = 'LedgerUnavailable';
  }
}

/** By name, not by class: the server and Next's bundle each hold a copy of this module. */
export const isLedgerUnavailable = (error: unknown): error is LedgerUnavailable =>
  error instanceof Error && error.name === 'LedgerUnavailable';
