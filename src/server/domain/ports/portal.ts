import type { TransactionKind, TransactionStatus } from '../charge';
import type { ApiKeyId, TenantId, TransactionId } from '../ids';
import type { Nano } from '../money';
import type { Day, Month } from '../period';
import type { UsageReader } from './usage';

/** What a tenant has and has used, read in one snapshot. Counters belong to the named periods. */
export interface Standing {
  readonly name: string;
  readonly status: 'active' | 'suspended';
  readonly balanceNano: Nano;
  readonly creditLimitNano: Nano;
  /** Set aside for requests in flight that have a row. */
  readonly heldNano: Nano;
  readonly inFlight: number;
  readonly dailyLimit: number | null;
  readonly dailyUsed: number;
  readonly dailyDate: Day;
  readonly monthlyLimit: number | null;
  readonly monthlyUsed: number;
  readonly monthlyMonth: Month;
  /** A model to show in examples; null while the catalogue is empty. */
  readonly exampleModel: string | null;
}

export interface KeyQuotaUse {
  readonly type: string;
  readonly limit: bigint;
  readonly used: bigint;
  readonly period: string;
}

/** An API key as its tenant may see it: never the key, never its hash. */
export interface PortalKey {
  readonly id: ApiKeyId;
  readonly name: string;
  readonly prefix: string;
  readonly status: 'active' | 'disabled' | 'revoked';
  /** The account that made it, and what it is called; null: the operator, or one that is gone. */
  readonly createdBy: string | null;
  readonly creatorName: string | null;
  /** What a rotated key was before, and until when that works. */
  readonly previousPrefix: string | null;
  readonly previousUntil: Date | null;
  readonly allowedModels: readonly string[] | null;
  readonly allowedIps: readonly string[] | null;
  readonly rpm: number | null;
  readonly tpm: number | null;
  readonly concurrency: number | null;
  readonly quotas: readonly KeyQuotaUse[];
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
}

/** A ledger row as its tenant may see it. */
export interface PortalTransaction {
  readonly id: TransactionId;
  readonly traceId: string;
  readonly kind: TransactionKind;
  readonly status: TransactionStatus;
  readonly isStream: boolean;
  readonly model: string | null;
  readonly keyName: string | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedTokens: number;
  readonly reasoningTokens: number;
  readonly usageSource: string | null;
  /** As the ledger holds it: a charge is positive and takes away. */
  readonly amountNano: Nano;
  readonly holdNano: Nano;
  readonly balanceAfterNano: Nano | null;
  readonly firstByteMs: number | null;
  readonly durationMs: number | null;
  readonly note: string | null;
  readonly committedAt: Date | null;
}

/** Null takes every row. */
export interface TransactionConditions {
  readonly status: TransactionStatus | null;
  readonly kind: TransactionKind | null;
  readonly keyId: ApiKeyId | null;
  readonly model: string | null;
  /** By the time in the id, that of the request: from this instant, to before that one. */
  readonly from: Date | null;
  readonly to: Date | null;
  /** Of what the row moves, whichever way. */
  readonly amountMin: Nano | null;
  readonly amountMax: Nano | null;
  /** This very trace id, or those that begin with it and are longer. */
  readonly trace: { readonly text: string; readonly match: 'exact' | 'longer' } | null;
}

export const ANY_TRANSACTION: TransactionConditions = {
  status: null,
  kind: null,
  keyId: null,
  model: null,
  from: null,
  to: null,
  amountMin: null,
  amountMax: null,
  trace: null,
};

export interface TransactionQuery extends TransactionConditions {
  /** Rows older than this id; null: from the newest. */
  readonly before: TransactionId | null;
  readonly limit: number;
}

export interface TransactionSlice {
  /** Newest first. */
  readonly rows: readonly PortalTransaction[];
  /**
   * Set where enough of the ledger was read for one answer: what is older than this id has not been
   * looked at. Null: the rows are all there are, or there are `limit` of them.
   */
  readonly searchedTo: TransactionId | null;
}

/** Who did something: an account, by its id, or one that has no account. */
export type ActivityActor =
  | {
      readonly kind: 'account';
      readonly id: string;
      readonly name: string | null;
      readonly email: string | null;
    }
  | { readonly kind: 'operator' | 'system' | 'nobody' };

/** A row of the audit log. */
export interface ActivityEntry {
  readonly id: string;
  readonly actor: ActivityActor;
  /** Entity and verb: `key.create`. */
  readonly action: string;
  readonly target: string;
  /** What the key or member is called now; null for other targets and for who is gone. */
  readonly targetName: string | null;
  /** What of the target changed, as it was and as it is. */
  readonly before: unknown;
  readonly after: unknown;
  readonly address: string | null;
  readonly userAgent: string | null;
}

/** Null takes every row. */
export interface ActivityQuery {
  /** As the log names them: `account:` and an id, or `operator`. */
  readonly actor: string | null;
  readonly action: string | null;
  readonly from: Date | null;
  readonly to: Date | null;
  /** Rows older than this id; null: from the newest. */
  readonly before: string | null;
  readonly limit: number;
}

/** What the portal reads. Every method is bound to one tenant and cannot see another's rows. */
export interface PortalReader extends UsageReader {
  standing(tenantId: TenantId): Promise<Standing | null>;
  /** Those that are not revoked before those that are, each newest first. */
  keys(tenantId: TenantId, limit: number): Promise<readonly PortalKey[]>;
  /** Newest first, those older than this id; null: from the newest. */
  keysBefore(
    tenantId: TenantId,
    before: string | null,
    limit: number,
  ): Promise<readonly PortalKey[]>;
  /** The catalogue's, a model to chat with first. */
  modelIds(): Promise<readonly string[]>;
  /** At most `limit` rows; the time it takes is bounded, whatever the conditions. */
  transactions(tenantId: TenantId, query: TransactionQuery): Promise<TransactionSlice>;
  /** What was changed in the tenant, newest first, at most `limit` rows. */
  activity(tenantId: TenantId, query: ActivityQuery): Promise<readonly ActivityEntry[]>;
}
