import type { TenantId, TraceId } from '../ids';

/** A whole answer as the client got it, for replaying to the same trace id. */
export interface StoredAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
}

export const ANSWER_BYTES_MAX = 1024 * 1024;
export const ANSWER_TTL_MS = 24 * 60 * 60 * 1000;
/** What the names of an answer take beside its body: a flood of tiny answers is one all the same. */
export const ANSWER_OVERHEAD_BYTES = 512;
/** Bytes of one tenant's answers in each store: one tenant's flood costs no other its answers. */
export const ANSWER_BUDGET_BYTES = {
  redis: 64 * 1024 * 1024,
  postgres: 512 * 1024 * 1024,
} as const;

/** Whose answer: an attempt that was given up may still come to one, and must not replace another's. */
export interface AnswerName {
  readonly tenantId: TenantId;
  readonly traceId: TraceId;
  readonly attempt: number;
}

export interface AnswerStore {
  /** Keeps an answer for its day. `full`: the tenant's budget is spent, and nothing was kept. */
  put(name: AnswerName, answer: StoredAnswer): Promise<'stored' | 'full'>;
  get(name: AnswerName): Promise<StoredAnswer | null>;
}

/** The trace and its attempt in one word; no trace id has a bar in it. */
export const answerLabel = ({ traceId, attempt }: AnswerName): string =>
  attempt === 1 ? traceId : `${traceId}|${attempt}`;
