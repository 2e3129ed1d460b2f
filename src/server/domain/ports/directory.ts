import type { ApiKeyId, TenantId } from '../ids';
import type { Price } from '../pricing';
import type { KeyLimits } from '../quota';
import type { UsagePolicy } from '../usage';

/** An API key as the gateway needs it, with its tenant's standing. */
export interface KeyRecord {
  readonly keyId: ApiKeyId;
  readonly tenantId: TenantId;
  readonly status: 'active' | 'disabled' | 'revoked';
  readonly tenantStatus: 'active' | 'suspended';
  readonly expiresAtMs: number | null;
  /** Null: every model of the catalogue. */
  readonly allowedModels: ReadonlySet<string> | null;
  /** CIDR blocks or single addresses; null: from anywhere. */
  readonly allowedIps: readonly string[] | null;
  readonly limits: KeyLimits;
}

/** Looks keys up by their whole digest; at most 5 s behind the database. */
export interface KeyDirectory {
  find(keyDigest: Uint8Array): Promise<KeyRecord | null>;
}

export interface ModelRecord {
  readonly id: string;
  readonly price: Price;
  readonly contextWindow: number | null;
  readonly maxOutputTokens: number | null;
  readonly tokenizer: string | null;
  readonly usagePolicy: UsagePolicy;
  readonly createdAtMs: number;
}

/** One place where a model can be bought, with the decrypted secret. */
export interface UpstreamRoute {
  readonly upstream: string;
  readonly baseUrl: string;
  readonly apiKey: string | null;
  readonly modelName: string;
  readonly weight: number;
  readonly priority: number;
  readonly timeoutMs: number;
}

/** Models, prices and upstreams; at most 5 s behind the database. */
export interface Catalogue {
  find(modelId: string): Promise<ModelRecord | null>;
  list(): Promise<readonly ModelRecord[]>;
  /** Every upstream that serves the model, in no particular order. */
  routes(modelId: string): Promise<readonly UpstreamRoute[]>;
}
