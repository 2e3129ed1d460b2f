import type { TenantId } from '../ids';

/** One sentence that must hold for every tenant, and where it does not. */
export interface AuditInvariant {
  readonly name: string;
  readonly ok: boolean;
  /** How many tenants, rows or quotas were looked at. */
  readonly checked: number;
  /** The first hundred; figures as strings. */
  readonly violations: readonly AuditViolation[];
}

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

/** The quota hash of a tenant: empty when it is cold, null when the store cannot be reached. */
export type ReadQuotaHash = (
  tenantId: TenantId,
) => Promise<Readonly<Record<string, string>> | null>;
