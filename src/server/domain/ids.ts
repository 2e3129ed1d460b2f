import { randomFillSync } from 'node:crypto';
import { isTraceId, isUuid } from './id-text';

declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]: Name };

export type TenantId = Branded<string, 'TenantId'>;
export type ApiKeyId = Branded<string, 'ApiKeyId'>;
export type TransactionId = Branded<string, 'TransactionId'>;
/** The idempotency key of a request, unique within its tenant. */
export type TraceId = Branded<string, 'TraceId'>;
/** One attempt of one transaction: what a hold, a checkpoint and a settlement are guarded by. */
export type OperationId = Branded<string, 'OperationId'>;

const parseUuid = (value: string): string | null => {
  const lower = value.toLowerCase();
  return isUuid(lower) ? lower : null;
};

export const parseTenantId = (value: string): TenantId | null =>
  parseUuid(value) as TenantId | null;
export const parseApiKeyId = (value: string): ApiKeyId | null =>
  parseUuid(value) as ApiKeyId | null;
export const parseTraceId = (value: string): TraceId | null =>
  isTraceId(value) ? (value as TraceId) : null;

/** Ids that come from our own stores, where they were validated on the way in. */
export const trustedTenantId = (value: string): TenantId => value as TenantId;
export const trustedApiKeyId = (value: string): ApiKeyId => value as ApiKeyId;
export const trustedTransactionId = (value: string): TransactionId => value as TransactionId;
export const trustedTraceId = (value: string): TraceId => value as TraceId;

export const newTenantId = (): TenantId => uuidV7() as TenantId;
export const newApiKeyId = (): ApiKeyId => uuidV7() as ApiKeyId;
export const newTransactionId = (): TransactionId => uuidV7() as TransactionId;
export const newTraceId = (): TraceId => uuidV7() as TraceId;

const OPERATION_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}:[1-9]\d{0,8}$/;
export const parseOperationId = (value: string): OperationId | null =>
  OPERATION_ID.test(value) ? (value as OperationId) : null;

export const operationId = (transactionId: TransactionId, attempt: number): OperationId =>
  `${transactionId}:${attempt}` as OperationId;

const POOL_BYTES = 4096;
const pool = Buffer.allocUnsafe(POOL_BYTES);
let poolOffset = POOL_BYTES;

/** A UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, 74 random bits; sorts by creation time. */
export function uuidV7(nowMs: number = Date.now()): string {
  if (poolOffset + 10 > POOL_BYTES) {
    randomFillSync(pool);
    poolOffset = 0;
  }
  const random = pool.toString('hex', poolOffset, poolOffset + 10);
  poolOffset += 10;
  const time = nowMs.toString(16).padStart(12, '0');
  const variant = ((Number.parseInt(random.slice(3, 4), 16) & 0x3) | 0x8).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(4, 7)}-${random.slice(7, 19)}`;
}
