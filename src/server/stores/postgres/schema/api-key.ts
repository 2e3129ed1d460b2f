import { sql } from 'drizzle-orm';
import { bigint, check, index, integer, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core';
import { account } from './account';
import { bytes, instant } from './columns';
import { tenant } from './tenant';

export const apiKey = pgTable(
  'api_key',
  {
    id: uuid('id').primaryKey(),
    tenantId: uuid('tenant_id')
      .notNull()
      .references(() => tenant.id),
    name: text('name').notNull(),
    /** HMAC-SHA256 of the key under the pepper; the key itself is never stored. */
    keyHash: bytes('key_hash').notNull().unique(),
    keyPrefix: text('key_prefix').notNull(),
    status: text('status', { enum: ['active', 'disabled', 'revoked'] })
      .notNull()
      .default('active'),
    expiresAt: instant('expires_at'),
    allowedModels: text('allowed_models').array(),
    allowedIps: text('allowed_ips').array(),
    rpm: integer('rpm'),
    tpm: integer('tpm'),
    concurrency: integer('concurrency'),
    /** The member who made it; null: the operator, or an account that is gone. */
    createdBy: uuid('created_by').references(() => account.id, { onDelete: 'set null' }),
    /** What the key was before it was rotated: it works until then. Null: nothing but the key. */
    previousHash: bytes('previous_hash').unique(),
    previousPrefix: text('previous_prefix'),
    previousUntil: instant('previous_until'),
    createdAt: instant('created_at').notNull().defaultNow(),
    revokedAt: instant('revoked_at'),
  },
  (table) => [
    index('api_key_tenant').on(table.tenantId, table.id.desc()),
    check(
      'api_key_previous',
      sql`num_nulls(${table.previousHash}, ${table.previousPrefix}, ${table.previousUntil}) in (0, 3)`,
    ),
  ],
);

export const apiKeyQuota = pgTable(
  'api_key_quota',
  {
    id: uuid('id').primaryKey(),
    apiKeyId: uuid('api_key_id')
      .notNull()
      .references(() => apiKey.id),
    quotaType: text('quota_type').notNull(),
    quotaLimit: bigint('quota_limit', { mode: 'bigint' }).notNull(),
    used: bigint('used', { mode: 'bigint' }).notNull().default(sql`0`),
    /** The day (YYYY-MM-DD), the month (YYYY-MM), or empty for a total. */
    period: text('period').notNull().default(''),
    /** Grows by one with every update, by trigger: Redis takes only newer rows. */
    version: bigint('version', { mode: 'number' }).notNull().default(1),
  },
  (table) => [unique('api_key_quota_type').on(table.apiKeyId, table.quotaType)],
);
