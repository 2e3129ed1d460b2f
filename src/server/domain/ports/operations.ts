import type { OperationId, TenantId } from '../ids';
import type { Nano } from '../money';
import type { KeyQuotaRow } from '../quota';

export interface ExpiredOperations {
  readonly tenantId: TenantId;
  readonly operationIds: readonly OperationId[];
}

/** What a tenant's hash says it is based on; at one version it must equal the ledger. */
export interface HashBase {
  readonly version: number;
  /** What its balance comes to without the open operations: its base, unless the two went astray. */
  readonly baseNano: Nano;
  /** Of the key quotas asked for, in their order; 0 for one that it does not know. */
  readonly keyQuotaVersions: readonly number[];
}

/** The keeper's view of the quota store: what lies about in it. Only Redis has anything to keep. */
export interface OperationsKeeper {
  /** Operations whose own lease ran out, by the store's clock, `graceMs` ago or more. */
  expired(graceMs: number): AsyncIterable<ExpiredOperations>;
  /** Those of one tenant. */
  abandoned(tenantId: TenantId, graceMs: number): Promise<readonly OperationId[]>;
  /** Every tenant that has a hash. */
  tenants(): AsyncIterable<TenantId>;
  /** Null for a cold hash. One that does not add up is dropped, once its figures are read. */
  readBase(tenantId: TenantId, keyQuotas: readonly KeyQuotaRow[]): Promise<HashBase | null>;
  /** Brings the tenant's hash up to the ledger's version. */
  warm(tenantId: TenantId): Promise<unknown>;
}
