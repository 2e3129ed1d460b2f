import type { TenantId, TraceId } from '../ids';
import type { Receipt } from './repositories';

/** Receipts for developers. Throws LedgerUnavailable while Postgres is away. */
export interface ReceiptReader {
  /** Null when this tenant has no such trace, whoever else may have it. */
  find(tenantId: TenantId, traceId: TraceId): Promise<Receipt | null>;
}
