import { and, asc, desc, eq, lt, or, sql } from 'drizzle-orm';
import {
  trustedApiKeyId,
  trustedTenantId,
  trustedTraceId,
  trustedTransactionId,
} from '../../../domain/ids';
import type { TransactionRecord, TransactionRepository } from '../../../domain/ports/repositories';
import { ofTenant, within } from '../page-bounds';
import { billingTransaction as t } from '../schema';
import type { Tx } from './tx';

function toRecord(row: typeof t.$inferSelect): TransactionRecord {
  return {
    id: trustedTransactionId(row.id),
    tenantId: trustedTenantId(row.tenantId),
    traceId: trustedTraceId(row.traceId),
    apiKeyId: row.apiKeyId === null ? null : trustedApiKeyId(row.apiKeyId),
    kind: row.kind,
    status: row.status,
    isStream: row.isStream,
    endpoint: row.endpoint,
    model: row.model,
    upstream: row.upstream,
    inputTokens: row.inputTokens,
    outputTokens: row.outputTokens,
    cachedTokens: row.cachedTokens,
    reasoningTokens: row.reasoningTokens,
    usageSource: row.usageSource,
    usageAnomaly: row.usageAnomaly,
    countedInputTokens: row.countedInputTokens,
    countedOutputTokens: row.countedOutputTokens,
    reportedInputTokens: row.reportedInputTokens,
    reportedOutputTokens: row.reportedOutputTokens,
    attempt: row.attempt,
    amountNano: row.amount,
    balanceAfterNano: row.balanceAfter,
    holdNano: row.hold,
    inputPrice: row.inputPrice,
    outputPrice: row.outputPrice,
    cachedInputPrice: row.cachedInputPrice,
    finish: row.finish,
    upstreamMs: row.upstreamMs,
    firstByteMs: row.firstByteMs,
    durationMs: row.durationMs,
    note: row.note,
    refundOf: row.refundOf === null ? null : trustedTraceId(row.refundOf),
    createdAt: row.createdAt,
    committedAt: row.committedAt,
  };
}

export function createTransactionRepository(tx: Tx): TransactionRepository {
  return {
    async addCredit({ amountNano, balanceAfterNano, ...credit }) {
      const [row] = await tx
        .insert(t)
        .values({
          ...credit,
          amount: amountNano,
          balanceAfter: balanceAfterNano,
          status: 'COMMITTED',
          traceNamed: true,
          committedAt: sql`now()`,
        })
        .onConflictDoNothing({ target: [t.tenantId, t.traceId] })
        .returning();
      return row === undefined ? null : toRecord(row);
    },

    async findByTrace(tenantId, traceId) {
      const [row] = await tx
        .select()
        .from(t)
        .where(and(eq(t.tenantId, tenantId), eq(t.traceId, traceId)));
      return row === undefined ? null : toRecord(row);
    },

    async receipt(tenantId, traceId) {
      const isOfIt = or(eq(t.traceId, traceId), eq(t.refundOf, traceId));
      const rows = await tx
        .select()
        .from(t)
        .where(and(eq(t.tenantId, tenantId), isOfIt))
        .orderBy(asc(t.id));
      const records = rows.map(toRecord);
      const record = records.find((each) => each.traceId === traceId);
      if (record === undefined) return null;
      return { record, refunds: records.filter((each) => each !== record) };
    },

    async list(tenantId, { before, limit, ...filter }) {
      const isFiltered = Object.values(filter).some((condition) => condition !== null);
      const rows = await tx
        .select()
        .from(t)
        .where(
          and(
            ofTenant(t.tenantId, tenantId, isFiltered),
            before === null ? undefined : lt(t.id, before),
            filter.kind === null ? undefined : eq(t.kind, filter.kind),
            filter.status === null ? undefined : eq(t.status, filter.status),
            within(t, filter.from, filter.to),
            filter.model === null ? undefined : eq(t.model, filter.model),
            filter.traceId === null ? undefined : eq(t.traceId, filter.traceId),
          ),
        )
        .orderBy(desc(t.id))
        .limit(limit);
      return rows.map(toRecord);
    },
  };
}
