import { randomFillSync } from 'node:crypto';

declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]: Name };

export type TenantId = Branded<string, 'TenantId'>;
export type ApiKeyId = Branded<string, 'ApiKeyId'>;
export type TransactionId = Branded<string, 'TransactionId'>;
/** The idempotency key of a request, unique within its tenant. */
export type TraceId = Branded<string, 'TraceId'>;
/** One attempt of one transaction: what a hold, a checkpoint and a settlement are guarded by. */
export type OperationId = Branded<string, 'OperationId'>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TRACE_ID = /^[A-Za-z0-9._:-]{1,128}$/;

const parseUuid = (value: string): string | null => {
  const lower = value.toLowerCase();
  return UUID.test(lower) ? lower : null;
};

export const parseTenantId = (value: string): TenantId | null =>
  parseUuid(value) as TenantId | null;
export const parseApiKeyId = (value: string): ApiKeyId | null =>
  parseUuid(value) as ApiKeyId | null;
export const parseTraceId = (value: string): TraceId | null =>
  TRACE_ID.test(value) ? (value as TraceId) : null;

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

const POOL_BYTES = 4_096;
/** 74 random bits: nine bytes as digits, and two bits of a tenth for the variant. */
const ID_BYTES = 10;
const VARIANTS = ['8', '9', 'a', 'b'];
const pool = Buffer.allocUnsafe(POOL_BYTES);
let digits = '';
let poolOffset = POOL_BYTES;

/** The part of an id that tells its millisecond; many are made in one. */
let stamp = { ms: -1, text: '' };

function stampOf(ms: number): string {
  if (ms !== stamp.ms) {
    const time = ms.toString(16).padStart(12, '0');
    stamp = { ms, text: `${time.slice(0, 8)}-${time.slice(8)}-7` };
  }
  return stamp.text;
}

/** A UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, 74 random bits; sorts by creation time. */
export function uuidV7(nowMs: number = Date.now()): string {
  if (poolOffset + ID_BYTES > POOL_BYTES) {
    randomFillSync(pool);
    digits = pool.toString('hex');
    poolOffset = 0;
  }
  const at = 2 * poolOffset;
  const variant = VARIANTS[(pool[poolOffset + 9] ?? 0) & 3];
  poolOffset += ID_BYTES;
  return `${stampOf(nowMs)}${digits.slice(at, at + 3)}-${variant}${digits.slice(at + 3, at + 6)}-${digits.slice(at + 6, at + 18)}`;
}
