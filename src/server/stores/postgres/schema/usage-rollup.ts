import { sql } from 'drizzle-orm';
import { bigint, date, pgTable, primaryKey, smallint, text, uuid } from 'drizzle-orm/pg-core';
import { nano } from './columns';

const count = (name: string) => bigint(name, { mode: 'number' }).notNull().default(0);

/** What is summed up, of an hour and of a day alike. */
const figures = () => ({
  /** COMMITTED charges; all sums but `voided` are of these. */
  requests: count('requests'),
  /** Charges that are VOIDED now: nothing was delivered. */
  voided: count('voided'),
  inputTokens: count('input_tokens'),
  outputTokens: count('output_tokens'),
  cachedTokens: count('cached_tokens'),
  reasoningTokens: count('reasoning_tokens'),
  amount: nano('amount').notNull().default(sql`0`),
  /** Milliseconds in all, and of how many requests: not every charge was timed. */
  durationMs: count('duration_ms'),
  timed: count('timed'),
  firstByteMs: count('first_byte_ms'),
  firstBytes: count('first_bytes'),
});

/**
 * What the charges of a tenant come to by day, hour, model and key: the ledger's sums, moved in the
 * transaction that ends a charge. Written only under the tenant's quota row, but for what a void that
 * runs again takes back. No foreign keys: it can be summed up anew from the ledger at any time.
 */
export const usageRollup = pgTable(
  'usage_rollup',
  {
    tenantId: uuid('tenant_id').notNull(),
    /** The day that the charge counts in. */
    day: date('day', { mode: 'string' }).notNull(),
    /** The hour of `created_at` (UTC), held within the day: 0 for an earlier time, 23 for a later one. */
    hour: smallint('hour').notNull(),
    model: text('model').notNull(),
    apiKeyId: uuid('api_key_id').notNull(),
    ...figures(),
  },
  (table) => [
    primaryKey({
      columns: [table.tenantId, table.day, table.hour, table.model, table.apiKeyId],
    }),
  ],
);

/** The same by whole days, moved with it and always after it: a chart of months reads 24 times fewer. */
export const usageDaily = pgTable(
  'usage_daily',
  {
    tenantId: uuid('tenant_id').notNull(),
    day: date('day', { mode: 'string' }).notNull(),
    model: text('model').notNull(),
    apiKeyId: uuid('api_key_id').notNull(),
    ...figures(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.day, table.model, table.apiKeyId] })],
);
