import { sql } from 'drizzle-orm';
import { index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { instant } from './columns';

/**
 * Settlements that the ledger refused for what they say. No foreign keys: what is wrong with one
 * may be just that. A row here is never deleted; `resolution` says what became of it.
 */
export const billingQuarantine = pgTable(
  'billing_quarantine',
  {
    transactionId: uuid('transaction_id').notNull(),
    attempt: integer('attempt').notNull(),
    tenantId: uuid('tenant_id').notNull(),
    traceId: text('trace_id').notNull(),
    settlement: jsonb('settlement').notNull(),
    reason: text('reason').notNull(),
    tries: integer('tries').notNull().default(1),
    createdAt: instant('created_at').notNull().defaultNow(),
    resolution: text('resolution', { enum: ['booked', 'dismissed'] }),
    resolvedAt: instant('resolved_at'),
  },
  (table) => [
    primaryKey({ columns: [table.transactionId, table.attempt] }),
    index('billing_quarantine_open').on(table.createdAt).where(sql`${table.resolution} is null`),
  ],
);
