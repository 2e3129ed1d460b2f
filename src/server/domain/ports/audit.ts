import type { OperationId, TenantId } from '../ids';

/** One sentence that must hold for every tenant, and where it does not. */
export interface AuditInvariant {
  readonly name: string;
  readonly ok: boolean;
  /** How many tenants, rows or quotas were looked at. */
  readonly checked: number;
  /** How many violations were found; the first hundred are told below. */
  readonly broken: number;
  readonly violations: readonly AuditViolation[];
  /** False where there was nothing to compare with, so that `ok` says nothing; `note` says why. */
  readonly compared?: boolean;
  readonly note?: string;
}

/** Figures as strings. */
export interface AuditViolation {
  readonly tenantId: TenantId;
  readonly subject: string;
  readonly expected: string;
  readonly found: string;
}

export interface AuditReport {
  readonly ok: boolean;
  readonly invariants: readonly AuditInvariant[];
}

/** How far an audit came: a deadline may end it before it has seen every tenant. */
export interface AuditRun {
  readonly report: AuditReport;
  readonly tenants: { readonly checked: number; readonly total: number };
  readonly isWhole: boolean;
}

/** An open operation as the quota store has it; `leaseLeftMs` by that store's clock. */
export interface StoredOperation {
  readonly operationId: OperationId;
  readonly leaseLeftMs: number;
}

/** What the quota store has of a tenant; an empty hash is a cold one. */
export interface StoreReading {
  readonly hash: Readonly<Record<string, string>>;
  readonly operations: readonly StoredOperation[];
}

/** Reads tenants from the quota store, in their order; a sentence that says why where it cannot. */
export type ReadQuotaStore = (
  tenantIds: readonly TenantId[],
) => Promise<readonly StoreReading[] | { readonly away: string }>;
