import type { OpenCharge } from '../domain/charge';
import type { UpstreamReply } from '../domain/ports';

/**
 * `answered` in full, or `replayed` from store; `refused` for what was asked or what is left to spend;
 * `failed` for no fault of the caller's; `client_closed`: whoever asked went away.
 */
export type RequestOutcome = 'answered' | 'replayed' | 'refused' | 'failed' | 'client_closed';

/** What became of one request, for the log and the counters. No prompt, no key, no upstream host. */
export interface RequestRecord {
  readonly requestId: string;
  readonly traceId: string | null;
  readonly tenantId: string | null;
  readonly keyId: string | null;
  readonly endpoint: string;
  readonly model: string | null;
  /** Whether the catalogue has the model; what else a client asks for is no label. */
  readonly isModelKnown: boolean;
  readonly upstream: string | null;
  readonly isStream: boolean;
  readonly status: number;
  readonly code: string | null;
  readonly outcome: RequestOutcome;
  readonly durationMs: number;
  /** The gateway's own time in both phases of billing. */
  readonly billingMs: number;
  /** From the call to the end of what the upstream sent; null where none answered. */
  readonly upstreamMs: number | null;
  readonly firstByteMs: number | null;
  readonly amountNano: bigint | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  /** The trace that its spans are part of; undefined where requests are not traced. */
  readonly otelTraceId: string | undefined;
}

export const DEDUCT_FAILURES = ['insufficient_balance', 'redis_error', 'db_error'] as const;
export type DeductFailure = (typeof DEDUCT_FAILURES)[number];

/** What became of a settlement from the spool whose charge the sweeper had ended before. */
export const LATE_OUTCOMES = ['booked', 'lost'] as const;
export type LateOutcome = (typeof LATE_OUTCOMES)[number];

/** What the money path reports; none of it waits, none of it throws. */
export interface GatewayTelemetry {
  quotaChecked(durationMs: number): void;
  /** The gateway's own time in both phases of billing, without the upstream's. */
  billed(durationMs: number): void;
  deducted(): void;
  deductFailed(reason: DeductFailure): void;
  /** A settlement went to the spool, since the ledger is away. */
  spooled(): void;
  /** A settlement was refused by the ledger and waits for an operator. */
  quarantined(cause: unknown, traceId: string): void;
  /** An answer had left whose charge was ended without it: charged after all, or given away. */
  lateSettlement(
    outcome: LateOutcome,
    charge: Pick<OpenCharge, 'traceId' | 'tenantId' | 'operationId' | 'owner'>,
  ): void;
  /** An answer was not kept for its trace: the tenant's budgets for answers are spent. */
  answerNotStored(): void;
  /** One call of an upstream: what came of it, and how long it took to begin. */
  upstreamCalled(
    upstream: string,
    model: string,
    outcome: UpstreamReply['kind'],
    durationMs: number,
  ): void;
  idempotentHit(): void;
  idempotentConflict(): void;
  streamPending(): void;
  streamCommitted(accuracyPct: number | null): void;
  streamFailed(): void;
  usageAnomaly(kind: string): void;
  requestDone(record: RequestRecord): void;
  /** Something that an operator should know; `cause` is logged, never sent. */
  fault(what: string, cause: unknown, ids: Readonly<Record<string, string>>): void;
}
