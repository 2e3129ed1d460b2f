import type { OperationId, TenantId } from '../domain/ids';
import type { Nano } from '../domain/money';
import type { AuditRun } from '../domain/ports/audit';
import type { Language, Post } from '../domain/ports/letters';
import type { Quarantine, RetryOutcome } from '../domain/ports/quarantine';
import type { UnitOfWork } from '../domain/ports/repositories';
import type { AttemptLimiter, Role, SignedIn } from '../domain/ports/sign-in';
import type { KeyQuotaRow, QuotaRow } from '../domain/quota';

/** Who asks. The operator holds the admin token; an account acts for one tenant of its own. */
export type Actor =
  | { readonly kind: 'operator' }
  | { readonly kind: 'system' }
  /** Nobody who acts for a tenant: signed out, or about the own account alone. */
  | { readonly kind: 'nobody' }
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

/** Who may make an account: anyone, whoever was invited, or nobody. */
export const SIGN_UP_POLICIES = ['open', 'invitation', 'closed'] as const;
export type SignUpPolicy = (typeof SIGN_UP_POLICIES)[number];

/** What accounts, sessions and invitations need beyond the database. */
export interface IdentityTools {
  readonly signUp: SignUpPolicy;
  /** What a tenant that signs up by itself begins with. */
  readonly trialCreditNano: Nano;
  readonly attempts: AttemptLimiter;
  readonly post: Post;
  readonly passwords: {
    hash(password: string): Promise<string>;
    /** Takes as long without a hash, and says false. */
    verify(passwordHash: string | null, password: string): Promise<boolean>;
  };
  /** A page of the portal as an absolute URL. Never made from what a request says of its host. */
  pageUrl(path: string): string;
}

/** Who sits at a browser, and in which language; of a program, what it calls itself. */
export interface Browser {
  /** Null: nobody is signed in. */
  readonly signedIn: SignedIn | null;
  readonly language: Language;
  readonly userAgent?: string | null;
}

/** What every service gets: who asks, and the ports it may use. */
export interface ServiceContext extends Browser {
  readonly actor: Actor;
  /** Where the request came from, for the audit log. */
  readonly address: string | null;
  readonly identity: IdentityTools;
  readonly unitOfWork: UnitOfWork;
  readonly feed: ChangeFeed;
  readonly hashKey: (key: string) => Uint8Array;
  readonly secretBox: { seal(plain: string): Uint8Array };
  /** Where webhooks may go although it is private. */
  readonly webhookPrivateHosts: readonly string[];
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
