import { instantOfId } from '../../domain/id-text';
import type { Nano } from '../../domain/money';
import type { PortalTransaction } from '../../domain/ports/portal';

/** A ledger row as a tenant sees it. Money in nano-USD, as strings. */
export interface TransactionView {
  readonly id: string;
  readonly traceId: string;
  readonly kind: PortalTransaction['kind'];
  readonly status: PortalTransaction['status'];
  readonly isStream: boolean;
  readonly model: string | null;
  readonly keyName: string | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedTokens: number;
  /** What the row does to the balance: a charge is negative, a credit positive. */
  readonly effectNano: string;
  /** Set aside while PENDING, else zero. */
  readonly holdNano: string;
  readonly balanceAfterNano: string | null;
  readonly durationMs: number | null;
  readonly note: string | null;
  /** When it was asked for, which the order of the rows goes by. */
  readonly at: string;
}

/** What a row does to the balance. */
export const effectOf = ({ kind, amountNano }: PortalTransaction): Nano =>
  kind === 'charge' ? -amountNano : amountNano;

/** Field by field, so that a new column of the ledger is not shown by accident. */
export function presentTransaction(row: PortalTransaction): TransactionView {
  return {
    id: row.id,
    traceId: row.traceId,
    kind: row.kind,
    status: row.status,
    isStream: row.isStream,
    model: row.model,
    keyName: row.keyName,
    inputTokens: row.inputTokens,
    outputTokens: row.outputTokens,
    cachedTokens: row.cachedTokens,
    effectNano: String(effectOf(row)),
    holdNano: String(row.status === 'PENDING' ? row.holdNano : 0n),
    balanceAfterNano: row.balanceAfterNano === null ? null : String(row.balanceAfterNano),
    durationMs: row.durationMs,
    note: row.note,
    at: instantOfId(row.id).toISOString(),
  };
}
