import { sql } from 'drizzle-orm';
import { index, pgTable, smallint, text, uuid } from 'drizzle-orm/pg-core';
import { bytes, instant } from './columns';
import { tenant } from './tenant';

/** Where a tenant's webhooks go. The secret that signs them is encrypted at rest. */
export const webhookEndpoint = pgTable('webhook_endpoint', {
  tenantId: uuid('tenant_id')
    .primaryKey()
    .references(() => tenant.id),
  url: text('url').notNull(),
  secretSealed: bytes('secret_sealed').notNull(),
  updatedAt: instant('updated_at').notNull().defaultNow(),
});

/**
 * What is to leave the house, written in the transaction of what causes it. A letter of an account has
 * no tenant and is gone once it is sent or too old; a tenant's stays a while as its delivery log.
 */
export const outbox = pgTable(
  'outbox',
  {
    id: uuid('id').primaryKey(),
    tenantId: uuid('tenant_id').references(() => tenant.id),
    channel: text('channel', { enum: ['email', 'webhook'] }).notNull(),
    event: text('event').notNull(),
    /** For the delivery log: an address or a host. Null for an account's letter. */
    recipient: text('recipient'),
    /** Encrypted: letters hold links that open accounts. */
    payload: bytes('payload').notNull(),
    status: text('status', { enum: ['waiting', 'sent', 'failed'] })
      .notNull()
      .default('waiting'),
    attempts: smallint('attempts').notNull().default(0),
    /** While somebody is at it, until when it is theirs. */
    nextAttemptAt: instant('next_attempt_at').notNull().defaultNow(),
    /** From when on it is not worth sending. */
    expiresAt: instant('expires_at').notNull(),
    /** What went wrong at the last attempt, as a code. */
    fault: text('fault'),
    createdAt: instant('created_at').notNull().defaultNow(),
    endedAt: instant('ended_at'),
  },
  (table) => [
    index('outbox_due')
      .on(table.channel, table.nextAttemptAt)
      .where(sql`${table.status} = 'waiting'`),
    index('outbox_by_tenant').on(table.tenantId, table.id),
    index('outbox_ended').on(table.endedAt).where(sql`${table.endedAt} is not null`),
  ],
);
