import { z } from 'zod';
import { ENDPOINTS, type Settlement } from '@/server/domain/charge';
import {
  operationId,
  trustedApiKeyId,
  trustedTenantId,
  trustedTraceId,
  trustedTransactionId,
} from '@/server/domain/ids';
import { trustedDay, trustedMonth } from '@/server/domain/period';
import { USAGE_ANOMALIES, USAGE_SOURCES } from '@/server/domain/usage';

const nano = z
  .string()
  .regex(/^-?\d+$/)
  .transform(BigInt);
const count = z.number().int();

const charge = z
  .object({
    transactionId: z.uuid().transform(trustedTransactionId),
    tenantId: z.uuid().transform(trustedTenantId),
    keyId: z.uuid().transform(trustedApiKeyId),
    traceId: z.string().transform(trustedTraceId),
    traceNamed: z.boolean(),
    bodyHash: z.string(),
    endpoint: z.enum(ENDPOINTS),
    isStream: z.boolean(),
    model: z.string(),
    price: z.object({ input: nano, output: nano, cachedInput: nano.nullable() }),
    attempt: count,
    owner: z.string(),
    admittedBy: z.enum(['redis', 'postgres']),
    heldNano: nano,
    heldTokens: count,
    day: z.string().transform(trustedDay),
    month: z.string().transform(trustedMonth),
    countedInputTokens: count,
  })
  .transform((read) => ({ ...read, operationId: operationId(read.transactionId, read.attempt) }));

const usage = z.object({
  billed: z.object({
    inputTokens: count,
    outputTokens: count,
    cachedTokens: count,
    reasoningTokens: count,
  }),
  source: z.enum(USAGE_SOURCES),
  anomaly: z.enum(USAGE_ANOMALIES).nullable(),
  countedOutputTokens: count.nullable(),
  reportedInputTokens: count.nullable(),
  reportedOutputTokens: count.nullable(),
});

const outcome = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('COMMITTED'),
    amountNano: nano,
    usage,
    finish: z.enum(['complete', 'client_closed', 'upstream_broke', 'cut_off', 'lease_expired']),
  }),
  z.object({
    status: z.literal('VOIDED'),
    reason: z.enum([
      'upstream_error',
      'upstream_timeout',
      'no_healthy_upstream',
      'client_closed',
      'lease_expired',
      'internal_error',
    ]),
  }),
]);

const milliseconds = z.number().nullable();

const settlementRecord = z.object({
  charge,
  outcome,
  timings: z.object({
    upstream: z.string().nullable(),
    upstreamMs: milliseconds,
    firstByteMs: milliseconds,
    durationMs: milliseconds,
  }),
  write: z.enum(['insert', 'update']),
  onlyIfExpired: z.boolean(),
  /** Absent in the records of earlier versions. */
  answerLeft: z.boolean().default(false),
});

/** A settlement as one line of JSON; integers of money as decimal strings. */
export const encodeSettlement = (settlement: Settlement): string =>
  JSON.stringify(settlement, (_name, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );

/** The inverse of encodeSettlement. Throws where the text is no settlement. */
export const decodeSettlement = (text: string): Settlement =>
  settlementRecord.parse(JSON.parse(text));
