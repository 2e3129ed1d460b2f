import type { TenantId, TraceId } from '../ids';

/** A whole answer as the client got it, for replaying to the same trace id. */
export interface StoredAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
}

export const ANSWER_BYTES_MAX = 1024 * 1024;
export const ANSWER_TTL_MS = 24 * 60 * 60 * 1000;

export interface AnswerStore {
  put(tenantId: TenantId, traceId: TraceId, answer: StoredAnswer): Promise<void>;
  get(tenantId: TenantId, traceId: TraceId): Promise<StoredAnswer | null>;
}
