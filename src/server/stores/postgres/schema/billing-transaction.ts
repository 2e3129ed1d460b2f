import { sql } from 'drizzle-orm';
import {
  boolean,
  char,
  check,
  date,
  foreignKey,
  index,
  integer,
  pgTable,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';
import { apiKey } from './api-key';
import { instant, nano, price } from './columns';
import { tenant } from './tenant';

/** The ledger. A COMMITTED row never changes; corrections are rows of their own. */
export const billingTransaction = pgTable(
  'billing_transaction',
  {
    id: uuid('id').primaryKey(),
    tenantId: uuid('tenant_id')
      .notNull()
      .references(() => tenant.id),
    apiKeyId: uuid('api_key_id').references(() => apiKey.id),
    traceId: text('trace_id').notNull(),
    kind: text('kind', { enum: ['charge', 'topup', 'adjustment', 'refund'] }).notNull(),
    status: text('status', { enum: ['PENDING', 'COMMITTED', 'VOIDED'] }).notNull(),
    isStream: boolean('is_stream').notNull().default(false),
    endpoint: text('endpoint'),
    model: text('model'),
    upstream: text('upstream'),

    inputTokens: integer('input_tokens').notNull().default(0),
    outputTokens: integer('output_tokens').notNull().default(0),
    cachedTokens: integer('cached_tokens').notNull().default(0),
    reasoningTokens: integer('reasoning_tokens').notNull().default(0),
    usageSource: text('usage_source'),
    usageAnomaly: text('usage_anomaly'),
    countedInputTokens: integer('counted_input_tokens'),
    countedOutputTokens: integer('counted_output_tokens'),
    reportedInputTokens: integer('reported_input_tokens'),
    reportedOutputTokens: integer('reported_output_tokens'),

    attempt: integer('attempt').notNull().default(1),
    amount: nano('amount').notNull().default(sql`0`),
    balanceAfter: nano('balance_after'),
    hold: nano('hold').notNull().default(sql`0`),
    holdTokens: integer('hold_tokens').notNull().default(0),
    /** What the output streamed so far was worth at the last checkpoint is read from these. */
    inputPrice: price('input_price'),
    outputPrice: price('output_price'),
    cachedInputPrice: price('cached_input_price'),

    /** The periods the charge counts in, by the admitting store's clock. */
    day: date('day', { mode: 'string' }),
    month: char('month', { length: 7 }),
    admittedBy: text('admitted_by', { enum: ['redis', 'postgres'] }),
    /** The process that may write this attempt, and until when by this database's clock. */
    owner: text('owner'),
    leaseExpiresAt: instant('lease_expires_at'),

    traceNamed: boolean('trace_named').notNull().default(false),
    bodyHash: text('body_hash'),
    /** How a COMMITTED answer ended, or why a VOIDED one did. */
    finish: text('finish'),
    upstreamMs: integer('upstream_ms'),
    firstByteMs: integer('first_byte_ms'),
    durationMs: integer('duration_ms'),
    note: text('note'),
    /** A refund's charge, by its trace id. */
    refundOf: text('refund_of'),

    createdAt: instant('created_at').notNull().defaultNow(),
    committedAt: instant('committed_at'),
  },
  (table) => [
    unique('billing_transaction_trace').on(table.tenantId, table.traceId),
    check('billing_transaction_status', sql`${table.status} in ('PENDING', 'COMMITTED', 'VOIDED')`),
    check(
      'billing_transaction_kind',
      sql`${table.kind} in ('charge', 'topup', 'adjustment', 'refund')`,
    ),
    check(
      'billing_transaction_amount',
      sql`${table.amount} between -9000000000000000 and 9000000000000000`,
    ),
    check('billing_transaction_refund', sql`${table.refundOf} is null or ${table.kind} = 'refund'`),
    foreignKey({
      name: 'billing_transaction_refunded',
      columns: [table.tenantId, table.refundOf],
      foreignColumns: [table.tenantId, table.traceId],
    }),
    index('billing_transaction_refunds')
      .on(table.tenantId, table.refundOf)
      .where(sql`${table.refundOf} is not null`),
    // Pages, read backwards; Drizzle's `.desc()` is NULLS LAST, which an ORDER BY … DESC cannot use.
    index('billing_transaction_by_tenant').on(table.tenantId, table.id),
    index('billing_transaction_by_key').on(table.apiKeyId, table.id),
    index('billing_transaction_by_model').on(table.tenantId, table.model, table.id),
    index('billing_transaction_voids')
      .on(table.tenantId, table.id)
      .where(sql`${table.status} = 'VOIDED'`),
    index('billing_transaction_credits')
      .on(table.tenantId, table.id)
      .where(sql`${table.kind} <> 'charge'`),
    index('billing_transaction_pending').on(table.tenantId).where(sql`${table.status} = 'PENDING'`),
    index('billing_transaction_lease')
      .on(table.leaseExpiresAt)
      .where(sql`${table.status} = 'PENDING'`),
  ],
);
