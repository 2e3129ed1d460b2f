import type { OperationId, TenantId } from '../domain/ids';
import type { AuditRun } from '../domain/ports/audit';
import type { Quarantine, RetryOutcome } from '../domain/ports/quarantine';
import type { UnitOfWork } from '../domain/ports/repositories';
import type { Role } from '../domain/ports/sign-in';
import type { KeyQuotaRow, QuotaRow } from '../domain/quota';

/** Who asks. The operator holds the admin token; an account acts for one tenant of its own. */
export type Actor =
  | { readonly kind: 'operator' }
  | { readonly kind: 'system' }
  | {
      readonly kind: 'account';
      readonly accountId: string;
      readonly tenantId: TenantId;
      readonly role: Role;
    };

/** Tells the other stores and replicas about a committed change. Never rejects: what cannot be told
 * now is owed and told later. */
export interface ChangeFeed {
  /** Folds the row, and key quotas that changed with it, into the quota store. */
  quotaChanged(quota: QuotaRow, keyQuotas: readonly KeyQuotaRow[]): Promise<void>;
  /** A key or a tenant's status changed. */
  keysChanged(): Promise<void>;
  /** A model or an upstream changed. */
  catalogueChanged(): Promise<void>;
}

/** What every service gets: who asks, and the ports it may use. */
export interface ServiceContext {
  readonly actor: Actor;
  /** Where the request came from, for the audit log. */
  readonly address: string | null;
  readonly unitOfWork: UnitOfWork;
  readonly feed: ChangeFeed;
  readonly hashKey: (key: string) => Uint8Array;
  readonly secretBox: { seal(plain: string): Uint8Array };
  readonly runAudit: () => Promise<AuditRun>;
  readonly quarantine: Quarantine;
  /** Books a refused settlement once more. */
  readonly retryQuarantined: (operationId: OperationId) => Promise<RetryOutcome>;
  /** Runs the reconciler once and returns its figures. */
  readonly runReconcile: () => Promise<object>;
}

/** The arguments of every service. */
export interface Call<Input = undefined> {
  readonly ctx: ServiceContext;
  readonly input: Input;
}
