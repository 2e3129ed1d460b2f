import type { CreditKind, OpenCharge, Settlement, TransactionStatus } from '@/server/domain/charge';
import type { ApiKeyId, TenantId, TraceId, TransactionId } from '@/server/domain/ids';
import type { Nano } from '@/server/domain/money';
import type { KeyRecord, ModelRecord, StoredAnswer } from '@/server/domain/ports';
import type { KeyQuotaRow, QuotaRow } from '@/server/domain/quota';

/** A charge's row of `billing_transaction`. */
export interface ChargeRow {
  readonly charge: OpenCharge;
  readonly status: TransactionStatus;
  readonly holdNano: Nano;
  readonly holdTokens: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly amountNano: Nano;
  readonly finish: string | null;
  readonly balanceAfterNano: Nano | null;
  readonly leaseExpiresAtMs: number | null;
  readonly createdAtMs: number;
}

export interface CreditRow {
  readonly tenantId: TenantId;
  readonly traceId: TraceId;
  readonly kind: CreditKind;
  readonly amountNano: Nano;
}

export interface QuarantineRow {
  readonly settlement: Settlement;
  readonly reason: string;
  readonly tries: number;
  readonly createdAtMs: number;
  isResolved: boolean;
}

/**
 * The tables of one Postgres. Every function over them is a whole transaction: it reads, judges,
 * and only then writes, and nothing runs beside it.
 */
export class Database {
  readonly quotas = new Map<TenantId, QuotaRow>();
  readonly suspended = new Set<TenantId>();
  readonly keys = new Map<ApiKeyId, Omit<KeyRecord, 'tenantStatus'>>();
  readonly keyQuotas = new Map<ApiKeyId, readonly KeyQuotaRow[]>();
  readonly charges = new Map<TransactionId, ChargeRow>();
  readonly credits = new Map<string, CreditRow>();
  /** What a trace id of a tenant names, as the unique constraint keeps it. */
  readonly traces = new Map<string, TransactionId | 'credit'>();
  readonly answers = new Map<string, StoredAnswer>();
  readonly quarantine = new Map<string, QuarantineRow>();
  /** Charges that were settled after the sweeper had voided them and freed what they held. */
  readonly late = new Set<TransactionId>();
  /** Charges without a row before that a spool's replay booked, whoever had dropped what held them. */
  readonly insertedFromSpool = new Set<TransactionId>();
  readonly models = new Map<string, ModelRecord>();
  /** Rows of charges, and quota rows, that somebody keeps locked. */
  readonly lockedRows = new Set<TransactionId>();
  readonly lockedQuotas = new Set<TenantId>();
  /** Leases renewed while their row was locked: until when, of which attempt. */
  readonly keptLeases = new Map<TransactionId, { attempt: number; expiresAtMs: number }>();
  /** Rows that a settlement cannot be written to, until someone mends them. */
  readonly poisoned = new Set<TransactionId>();
  startedAtMs: number;

  constructor(readonly now: () => number) {
    this.startedAtMs = now();
  }

  quota(tenantId: TenantId): QuotaRow {
    const row = this.quotas.get(tenantId);
    if (row === undefined) throw new Error(`Tenant ${tenantId} has no quota row`);
    return row;
  }

  /** Writes a quota row; the trigger counts its version. */
  writeQuota(tenantId: TenantId, change: Partial<QuotaRow>): QuotaRow {
    const before = this.quota(tenantId);
    const row = { ...before, ...change, version: before.version + 1 };
    this.quotas.set(tenantId, row);
    return row;
  }

  keyQuotasOf(tenantId: TenantId): KeyQuotaRow[] {
    const own = [...this.keys.values()].filter((key) => key.tenantId === tenantId);
    return own.flatMap((key) => this.keyQuotas.get(key.keyId) ?? []);
  }

  pendingOf(tenantId: TenantId): ChargeRow[] {
    const pending: ChargeRow[] = [];
    for (const row of this.charges.values()) {
      if (row.status === 'PENDING' && row.charge.tenantId === tenantId) pending.push(row);
    }
    return pending;
  }

  /** The sweeper's: its lease has run out, and its owner keeps none beside a lock. */
  isAbandoned({ charge, leaseExpiresAtMs }: ChargeRow): boolean {
    if (leaseExpiresAtMs === null || leaseExpiresAtMs >= this.now()) return false;
    const kept = this.keptLeases.get(charge.transactionId);
    return kept?.attempt !== charge.attempt || kept.expiresAtMs < this.now();
  }

  chargeOf(tenantId: TenantId, traceId: string): ChargeRow | null {
    const id = this.traces.get(nameOfTrace(tenantId, traceId));
    return id === undefined || id === 'credit' ? null : (this.charges.get(id) ?? null);
  }

  insertCharge(row: ChargeRow): void {
    const { transactionId, tenantId, traceId } = row.charge;
    this.charges.set(transactionId, row);
    this.traces.set(nameOfTrace(tenantId, traceId), transactionId);
  }

  updateCharge(row: ChargeRow, change: Partial<ChargeRow>): void {
    if (row.status === 'COMMITTED') throw new Error('A COMMITTED transaction cannot change');
    this.charges.set(row.charge.transactionId, { ...row, ...change });
  }
}

/** What Postgres says to whoever gave up waiting for a lock. */
export const lockTimeout = (): Error =>
  Object.assign(new Error('canceling statement due to lock timeout'), { code: '55P03' });

export const isLockTimeout = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === '55P03';

export const nameOfTrace = (tenantId: TenantId, traceId: string): string =>
  `${tenantId}/${traceId}`;
