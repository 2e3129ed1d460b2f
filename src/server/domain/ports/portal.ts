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

export const TRANSACTION_STATUSES = ['PENDING', 'COMMITTED', 'VOIDED'] as const;
export type PortalTransactionStatus = (typeof TRANSACTION_STATUSES)[number];

export interface PortalTransaction {
  readonly id: TransactionId;
  readonly traceId: string;
  readonly kind: 'charge' | 'topup' | 'adjustment' | 'refund';
  readonly status: PortalTransactionStatus;
  readonly isStream: boolean;
  readonly model: string | null;
  readonly keyName: string | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedTokens: number;
  /** As the ledger holds it: a charge is positive and takes away. */
  readonly amountNano: Nano;
  readonly holdNano: Nano;
  readonly balanceAfterNano: Nano | null;
  readonly durationMs: number | null;
  readonly note: string | null;
  readonly createdAt: Date;
}

export interface TransactionQuery {
  /** Rows older than this id; null: from the newest. */
  readonly before: TransactionId | null;
  readonly limit: number;
  readonly status: PortalTransactionStatus | null;
  /** The beginning of a trace id, taken literally. */
  readonly tracePrefix: string | null;
}

/** What the portal reads. Every method is bound to one tenant and cannot see another's rows. */
export interface PortalReader extends UsageReader {
  standing(tenantId: TenantId): Promise<Standing | null>;
  /** Newest first. */
  keys(tenantId: TenantId): Promise<readonly PortalKey[]>;
  /** The catalogue's, a model to chat with first. */
  modelIds(): Promise<readonly string[]>;
  /** Newest first, at most `limit` rows. */
  transactions(tenantId: TenantId, query: TransactionQuery): Promise<readonly PortalTransaction[]>;
}
