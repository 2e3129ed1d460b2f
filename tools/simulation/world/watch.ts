import type { TenantId } from '@/server/domain/ids';
import type { ClientExchange } from './exchange';

/** Who looks on while a seed runs. */
export interface Watch {
  /** An upstream is asked for an answer. */
  onPurchase(exchange: ClientExchange): void;
  /** A script has run over a tenant's keys. */
  onRedisWrite(tenantId: TenantId): void;
  /** Redis admitted a request of a process that trusts it since the ledger had this version. */
  onAdmitted(tenantId: TenantId, versionAtTrust: number): void;
  /** The reconciler found the stores to differ at one version. */
  onDrift(tenantId: TenantId, difference: bigint): void;
  /** The money path reports something. */
  onFault(name: string, what: string, cause: unknown): void;
  /** A piece of a stream has left for its client. */
  onChunk(exchange: ClientExchange): void;
  /** All that an exchange gets has left for its client. */
  onDelivered(exchange: ClientExchange): void;
}
