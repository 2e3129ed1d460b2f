import { index, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { bytes, instant } from './columns';
import { tenant } from './tenant';

/** Answers of client-named traces while there is no Redis to keep them; gone after a day. */
export const storedAnswer = pgTable(
  'stored_answer',
  {
    tenantId: uuid('tenant_id')
      .notNull()
      .references(() => tenant.id),
    traceId: text('trace_id').notNull(),
    status: integer('status').notNull(),
    contentType: text('content_type').notNull(),
    body: bytes('body').notNull(),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.traceId] }),
    index('stored_answer_expiry').on(table.expiresAt),
  ],
);
