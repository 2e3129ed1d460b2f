import type { ApiKeyId, OperationId, TenantId, TraceId, TransactionId } from './ids';
import type { Nano } from './money';
import type { Day, Month } from './period';
import type { Price } from './pricing';
import type { TokenUsage, UsageAnomaly, UsageSource } from './usage';

/**
 * PENDING → COMMITTED | VOIDED. COMMITTED never changes; a correction is a new row.
 * VOIDED → PENDING only as a new attempt of the same body, by the same key; VOIDED → COMMITTED only
 * where the sweeper voided an attempt whose delivered answer waited on a spool (ADR 8).
 */
export const TRANSACTION_STATUSES = ['PENDING', 'COMMITTED', 'VOIDED'] as const;
export type TransactionStatus = (typeof TRANSACTION_STATUSES)[number];

export const TRANSACTION_KINDS = ['charge', 'topup', 'adjustment', 'refund'] as const;
export type TransactionKind = (typeof TRANSACTION_KINDS)[number];
export type CreditKind = Exclude<TransactionKind, 'charge'>;

export const ENDPOINTS = ['chat.completions', 'embeddings'] as const;
export type Endpoint = (typeof ENDPOINTS)[number];

/** Which store judged and placed the hold; its clock also gave the day and month. */
export type AdmittingStore = 'redis' | 'postgres';

/** Who a request is, for the ledger: fixed before admission. */
export interface ChargeIdentity {
  readonly transactionId: TransactionId;
  readonly tenantId: TenantId;
  readonly keyId: ApiKeyId;
  readonly traceId: TraceId;
  /** The client chose the trace id: the row stands before the upstream is called. */
  readonly traceNamed: boolean;
  /** SHA-256 over path and raw body, hex. */
  readonly bodyHash: string;
  readonly endpoint: Endpoint;
  readonly isStream: boolean;
  readonly model: string;
  readonly price: Price;
}

/** An admitted charge: the identity, its attempt, and what is held for it. */
export interface OpenCharge extends ChargeIdentity {
  readonly attempt: number;
  readonly operationId: OperationId;
  readonly owner: string;
  readonly admittedBy: AdmittingStore;
  readonly heldNano: Nano;
  readonly heldTokens: number;
  readonly day: Day;
  readonly month: Month;
  /** Input tokens as we count them: the fallback of a bill. The hold covers more where it must. */
  readonly countedInputTokens: number;
}

/** Both readings of a usage, where both exist; the billed one is `billed`. */
export interface MeteredUsage {
  readonly billed: TokenUsage;
  readonly source: UsageSource;
  readonly anomaly: UsageAnomaly | null;
  readonly countedOutputTokens: number | null;
  readonly reportedInputTokens: number | null;
  readonly reportedOutputTokens: number | null;
}

export type VoidReason =
  | 'upstream_error'
  | 'upstream_timeout'
  | 'no_healthy_upstream'
  | 'client_closed'
  | 'lease_expired'
  | 'internal_error';

export interface ChargeTimings {
  readonly upstream: string | null;
  readonly upstreamMs: number | null;
  readonly firstByteMs: number | null;
  readonly durationMs: number | null;
}

/** How a charge ends: what was delivered is charged, what was not is voided. */
export type ChargeOutcome =
  | {
      readonly status: 'COMMITTED';
      readonly amountNano: Nano;
      readonly usage: MeteredUsage;
      /** `complete`, or why the answer was cut short. */
      readonly finish:
        | 'complete'
        | 'client_closed'
        | 'upstream_broke'
        | 'cut_off'
        | 'lease_expired';
    }
  | { readonly status: 'VOIDED'; readonly reason: VoidReason };

/** How the ledger changes a row when a charge ends. */
export interface Settlement {
  readonly charge: OpenCharge;
  readonly outcome: ChargeOutcome;
  readonly timings: ChargeTimings;
  /** `insert`: no row stands yet (a plain request with a trace id of ours). */
  readonly write: 'insert' | 'update';
  /** Only while the lease has run out by the database's clock: the sweeper's guard. */
  readonly onlyIfExpired: boolean;
  /**
   * Its answer left before the ledger heard of it, on the strength of a spool: it is due even where
   * the sweeper has voided this very attempt since. Only the replay of a spool says so.
   */
  readonly answerLeft: boolean;
}
