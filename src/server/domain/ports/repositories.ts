import type { CreditKind, TransactionKind, TransactionStatus } from '../charge';
import type { ApiKeyId, TenantId, TraceId, TransactionId } from '../ids';
import type { Nano } from '../money';
import type { KeyQuotaRow, KeyQuotaType, QuotaRow } from '../quota';
import type { AccountRepository, SessionRepository } from './accounts';
import type { BudgetRepository } from './budgets';
import type { ModelRecord } from './directory';
import type { InvitationRepository, MemberRepository } from './members';
import type { OutboxRepository, WebhookRepository } from './outbox';

/** Runs work in one database transaction. Work may run again after a deadlock: no side effects. */
export interface UnitOfWork {
  transact<T>(work: (tx: Repositories) => Promise<T>): Promise<T>;
}

export interface Repositories {
  readonly tenants: TenantRepository;
  readonly keys: KeyRepository;
  readonly transactions: TransactionRepository;
  readonly models: ModelRepository;
  readonly upstreams: UpstreamRepository;
  readonly accounts: AccountRepository;
  readonly sessions: SessionRepository;
  readonly members: MemberRepository;
  readonly invitations: InvitationRepository;
  readonly settings: SettingRepository;
  readonly budgets: BudgetRepository;
  readonly outbox: OutboxRepository;
  readonly webhooks: WebhookRepository;
  readonly auditLog: AuditLog;
}

export const TENANT_STATUSES = ['active', 'suspended'] as const;
export type TenantStatus = (typeof TENANT_STATUSES)[number];

export interface Tenant {
  readonly id: TenantId;
  readonly name: string;
  readonly status: TenantStatus;
  readonly createdAt: Date;
  /** Null unless its owner gave it up. */
  readonly deletedAt: Date | null;
}

export interface TenantStanding {
  readonly tenant: Tenant;
  readonly quota: QuotaRow;
  /** What requests in flight have set aside. */
  readonly heldNano: Nano;
}

/** Absent fields stay as they are; null means unlimited. */
export interface QuotaLimits {
  readonly creditLimitNano?: Nano | undefined;
  readonly dailyLimit?: number | null | undefined;
  readonly monthlyLimit?: number | null | undefined;
}

export interface TenantRepository {
  /** A tenant with a balance of zero; false when the id is taken. */
  create(tenant: { readonly id: TenantId; readonly name: string }): Promise<boolean>;
  /** Null when there is no such tenant. */
  standing(id: TenantId): Promise<TenantStanding | null>;
  /** Keeps other changes of this tenant (not its charges) out until the transaction ends. */
  lock(id: TenantId): Promise<void>;
  update(
    id: TenantId,
    change: Partial<Pick<Tenant, 'name' | 'status' | 'deletedAt'>>,
  ): Promise<void>;
  /** Returns the whole row as it is now; with no field given only its version grows. */
  updateQuota(id: TenantId, limits: QuotaLimits): Promise<QuotaRow>;
  /** Locks the quota row, as settling does first, until the transaction ends; null: no tenant. */
  lockQuota(id: TenantId): Promise<QuotaRow | null>;
  /** Null, and nothing moved, when the result would pass the bound of money. */
  moveBalance(id: TenantId, amountNano: Nano): Promise<QuotaRow | null>;
}

export interface KeyQuotaLimit {
  readonly type: KeyQuotaType;
  readonly limit: bigint;
}

/** What may be changed of a key at any time; null is unlimited, or never. */
export interface KeySettings {
  readonly name: string;
  readonly expiresAt: Date | null;
  readonly allowedModels: readonly string[] | null;
  readonly allowedIps: readonly string[] | null;
  readonly rpm: number | null;
  readonly tpm: number | null;
  readonly concurrency: number | null;
}

/** The key itself, as far as it is kept. */
export interface KeySecret {
  readonly keyHash: Uint8Array;
  readonly keyPrefix: string;
}

export interface NewKey extends KeySettings, KeySecret {
  readonly id: ApiKeyId;
  readonly tenantId: TenantId;
  /** The member who makes it; null: the operator. */
  readonly createdBy: string | null;
  readonly quotas: readonly KeyQuotaLimit[];
}

/** What a rotated key was before, and until when it still works. */
export interface PreviousKey {
  readonly prefix: string;
  readonly until: Date;
}

export interface StoredKey extends KeySettings {
  readonly id: ApiKeyId;
  readonly tenantId: TenantId;
  readonly status: 'active' | 'disabled' | 'revoked';
  readonly keyPrefix: string;
  readonly createdBy: string | null;
  readonly createdAt: Date;
  readonly previous: PreviousKey | null;
  readonly quotas: readonly KeyQuotaLimit[];
}

export interface KeyRepository {
  /** Null when this very key exists already. */
  create(key: NewKey): Promise<{ readonly createdAt: Date; readonly quotas: KeyQuotaRow[] } | null>;
  /** Locks the key against other changes until the transaction ends. Null: there is none. */
  lock(id: ApiKeyId): Promise<StoredKey | null>;
  update(id: ApiKeyId, change: Partial<KeySettings & Pick<StoredKey, 'status'>>): Promise<void>;
  /**
   * Replaces the key's quotas. A new one has used what the ledger says of its period, so the tenant's
   * quota row has to be locked: nothing is settled meanwhile. Returns the rows that stand now.
   */
  setQuotas(id: ApiKeyId, quotas: readonly KeyQuotaLimit[]): Promise<KeyQuotaRow[]>;
  /** Takes a new secret; the old one works until then, or not at all, and the one before it ends. */
  rotate(id: ApiKeyId, next: KeySecret, previousUntil: Date | null): Promise<void>;
  endPrevious(id: ApiKeyId): Promise<void>;
  revoke(id: ApiKeyId): Promise<void>;
  /** Revokes every key of a tenant; returns how many were not revoked before. */
  revokeAll(tenantId: TenantId): Promise<number>;
}

/** A row of the ledger with everything an operator may see. Prices are in nano-USD per token. */
export interface TransactionRecord {
  readonly id: TransactionId;
  readonly tenantId: TenantId;
  readonly traceId: TraceId;
  readonly apiKeyId: ApiKeyId | null;
  readonly kind: TransactionKind;
  readonly status: TransactionStatus;
  readonly isStream: boolean;
  readonly endpoint: string | null;
  readonly model: string | null;
  readonly upstream: string | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedTokens: number;
  readonly reasoningTokens: number;
  readonly usageSource: string | null;
  readonly usageAnomaly: string | null;
  readonly countedInputTokens: number | null;
  readonly countedOutputTokens: number | null;
  readonly reportedInputTokens: number | null;
  readonly reportedOutputTokens: number | null;
  readonly attempt: number;
  readonly amountNano: Nano;
  readonly balanceAfterNano: Nano | null;
  readonly holdNano: Nano;
  /** Decimal strings. */
  readonly inputPrice: string | null;
  readonly outputPrice: string | null;
  readonly cachedInputPrice: string | null;
  readonly finish: string | null;
  readonly upstreamMs: number | null;
  readonly firstByteMs: number | null;
  readonly durationMs: number | null;
  readonly note: string | null;
  /** The charge that a refund names. */
  readonly refundOf: TraceId | null;
  readonly createdAt: Date;
  readonly committedAt: Date | null;
}

/** A row of the ledger, and for a charge the refunds of it, oldest first. */
export interface Receipt {
  readonly record: TransactionRecord;
  readonly refunds: readonly TransactionRecord[];
}

/** Null takes every row. */
export interface TransactionFilter {
  /** Rows older than this id. */
  readonly before: TransactionId | null;
  readonly limit: number;
  readonly kind: TransactionKind | null;
  readonly status: TransactionStatus | null;
  /** Created at this instant or later. */
  readonly from: Date | null;
  /** Created before this instant. */
  readonly to: Date | null;
  readonly model: string | null;
  readonly traceId: string | null;
}

export interface NewCredit {
  readonly id: TransactionId;
  readonly tenantId: TenantId;
  readonly traceId: TraceId;
  readonly kind: CreditKind;
  readonly amountNano: Nano;
  readonly balanceAfterNano: Nano;
  readonly note: string | null;
  readonly refundOf: TraceId | null;
}

export interface TransactionRepository {
  /** A COMMITTED row; null when the tenant has used the trace id. */
  addCredit(credit: NewCredit): Promise<TransactionRecord | null>;
  findByTrace(tenantId: TenantId, traceId: TraceId): Promise<TransactionRecord | null>;
  /** Null when the tenant has no such row. */
  receipt(tenantId: TenantId, traceId: TraceId): Promise<Receipt | null>;
  /** Newest first. */
  list(tenantId: TenantId, filter: TransactionFilter): Promise<readonly TransactionRecord[]>;
}

/** The vocabularies that text can be counted with. */
export const TOKENIZERS = ['o200k_base', 'cl100k_base'] as const;

export interface NewModel extends Omit<ModelRecord, 'createdAtMs' | 'tokenizer'> {
  readonly tokenizer: (typeof TOKENIZERS)[number] | null;
}

export interface ModelRepository {
  find(id: string): Promise<ModelRecord | null>;
  /** By id. */
  list(): Promise<readonly ModelRecord[]>;
  put(model: NewModel): Promise<ModelRecord>;
  /** Leaves models that exist as they are. */
  addMissing(models: readonly NewModel[]): Promise<void>;
  /** False when there is no such model. */
  delete(id: string): Promise<boolean>;
}

export interface UpstreamRecord {
  readonly name: string;
  readonly baseUrl: string;
  readonly hasApiKey: boolean;
  /** Public model name → name at the upstream; `*` serves every model by its own name. */
  readonly models: Readonly<Record<string, string>>;
  readonly weight: number;
  readonly priority: number;
  readonly timeoutMs: number;
  readonly builtIn: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface NewUpstream
  extends Pick<
    UpstreamRecord,
    'name' | 'baseUrl' | 'models' | 'weight' | 'priority' | 'timeoutMs' | 'builtIn'
  > {
  /** Null: none. `keep`: the one it has. */
  readonly apiKeySealed: Uint8Array | null | 'keep';
}

export interface UpstreamRepository {
  find(name: string): Promise<UpstreamRecord | null>;
  /** By name. */
  list(): Promise<readonly UpstreamRecord[]>;
  put(upstream: NewUpstream): Promise<UpstreamRecord>;
  /** False when there is no such upstream. */
  relocate(name: string, baseUrl: string): Promise<boolean>;
  /** False when there is no such upstream. */
  delete(name: string): Promise<boolean>;
}

export interface SettingRepository {
  /** Undefined when it was never put. */
  get(name: string): Promise<unknown>;
  put(name: string, value: unknown): Promise<void>;
  /** Keeps every other transaction that locks this name waiting until this one ends. */
  lock(name: string): Promise<void>;
}

export interface AuditEntry {
  readonly tenantId: TenantId | null;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly address: string | null;
  readonly userAgent: string | null;
}

export interface AuditLog {
  append(entry: AuditEntry): Promise<void>;
}
