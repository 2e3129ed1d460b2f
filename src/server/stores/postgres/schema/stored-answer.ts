import {
  bigint,
  index,
  integer,
  pgTable,
  primaryKey,
  smallint,
  text,
  uuid,
} from 'drizzle-orm/pg-core';
import { bytes, instant } from './columns';
import { tenant } from './tenant';

/** Answers of client-named traces that Redis cannot keep, or has no room for; gone after a day. */
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

/**
 * Bytes of a tenant's stored answers, names included, as a trigger counts them. In parts by trace, so
 * that answers written at once do not wait for each other.
 */
export const storedAnswerAccount = pgTable(
  'stored_answer_account',
  {
    tenantId: uuid('tenant_id')
      .notNull()
      .references(() => tenant.id),
    part: smallint('part').notNull(),
    bytes: bigint('bytes', { mode: 'bigint' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.part] })],
);
