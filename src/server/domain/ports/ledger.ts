import type { OpenCharge, Settlement, TransactionStatus } from '../charge';
import type { ApiKeyId, OperationId, TenantId, TraceId, TransactionId } from '../ids';
import type { Nano } from '../money';
import type { KeyQuotaRow, QuotaRow, QuotaSnapshot } from '../quota';

/** What stands under a trace id already. */
export interface TraceRecord {
  readonly transactionId: TransactionId;
  readonly status: TransactionStatus;
  readonly attempt: number;
  readonly bodyHash: string | null;
  readonly keyId: ApiKeyId | null;
  readonly isStream: boolean;
}

export type OpenRowReply =
  | { readonly kind: 'opened' }
  | { readonly kind: 'taken'; readonly record: TraceRecord };

/** How far a stream has come: written once per slab, and the next slab waits for it. */
export interface Checkpoint {
  readonly charge: OpenCharge;
  readonly heldNano: Nano;
  readonly heldTokens: number;
  readonly inputTokens: number;
  /** Tokens that have left. */
  readonly outputTokens: number;
  readonly leaseMs: number;
}

/** `lost`: someone else ended this attempt; sending must stop. */
export type Grip = 'held' | 'lost';

/** `busy`: somebody else has the row locked; nothing was written, and whose it is will be seen. */
export type Renewal = Grip | 'busy';

/**
 * Where an attempt stands. `open`: its PENDING row is there, its owner's own. `over`: it has ended, or
 * can never be opened. `absent`: it has no row, and may get one yet.
 */
export type RowState = 'open' | 'over' | 'absent';

export type SettleReply =
  | {
      readonly kind: 'settled';
      /** The sweeper had voided it before: what it held may have been spent since. */
      readonly isLate: boolean;
      readonly balanceAfterNano: Nano;
      readonly quota: QuotaRow;
      readonly keyQuotas: readonly KeyQuotaRow[];
    }
  /**
   * Nothing was changed. Someone else ended this attempt, and the fold is still owed; or, `isOpen`,
   * its owner has renewed the lease that had run out, and the charge goes on.
   */
  | {
      readonly kind: 'lost';
      readonly isOpen: boolean;
      readonly quota: QuotaRow;
      readonly keyQuotas: readonly KeyQuotaRow[];
    };

/** A PENDING row whose lease has run out, with all that is needed to end it. */
export interface ExpiredCharge {
  readonly charge: OpenCharge;
  readonly outputTokens: number;
  readonly inputTokens: number;
}

/** The durable record. Every money-moving write of a charge goes through `settle`. */
export interface Ledger {
  findTrace(tenantId: TenantId, traceId: TraceId): Promise<TraceRecord | null>;
  /** Inserts the PENDING row, or re-opens a VOIDED one of the same body and key as this attempt. */
  openRow(charge: OpenCharge, leaseMs: number): Promise<OpenRowReply>;
  /** Where these attempts stand, in the charges' order. */
  rowStates(charges: readonly OpenCharge[]): Promise<readonly RowState[]>;
  /** Counts an attempt of a VOIDED row as made: nobody opens it any more, the next one may be. */
  burnAttempt(transactionId: TransactionId, attempt: number): Promise<void>;
  /** Throws LedgerUnavailable where its row stays locked; no other stream waits for it. */
  checkpoint(checkpoint: Checkpoint): Promise<Grip>;
  /** Whose lease goes on, in the charges' order. Waits for no row that somebody keeps locked. */
  renew(charges: readonly OpenCharge[], leaseMs: number): Promise<readonly Renewal[]>;
  /** Durable when it resolves. Concurrent settlements share one Postgres transaction. */
  settle(settlement: Settlement): Promise<SettleReply>;
  /** How long the server has been up, in milliseconds: others may still be on their way back. */
  upForMs(): Promise<number>;
  snapshot(tenantId: TenantId): Promise<QuotaSnapshot | null>;
  /** Of many tenants at one moment, in any order; one without a quota row is left out. */
  snapshots(tenantIds: readonly TenantId[]): Promise<readonly QuotaSnapshot[]>;
  expired(limit: number): Promise<readonly ExpiredCharge[]>;
  /** Which of these operations nothing waits for: no PENDING row of their attempt, no quarantine. */
  withoutPendingRow(operations: readonly OperationId[]): Promise<readonly OperationId[]>;
}
