import { sql } from 'drizzle-orm';
import { bigint, char, check, date, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { instant, nano } from './columns';

export const tenant = pgTable(
  'tenant',
  {
    id: uuid('id').primaryKey(),
    name: text('name').notNull(),
    status: text('status', { enum: ['active', 'suspended'] })
      .notNull()
      .default('active'),
    createdAt: instant('created_at').notNull().defaultNow(),
    /** Its owner gave it up: suspended, without keys and members; the ledger stays. */
    deletedAt: instant('deleted_at'),
  },
  (table) => [check('tenant_status', sql`${table.status} in ('active', 'suspended')`)],
);

/** The one row that money moves: a trigger adds one to `version` with every update. */
export const tenantQuota = pgTable(
  'tenant_quota',
  {
    tenantId: uuid('tenant_id')
      .primaryKey()
      .references(() => tenant.id),
    balance: nano('balance').notNull().default(sql`0`),
    creditLimit: nano('credit_limit').notNull().default(sql`0`),
    dailyLimit: integer('daily_limit'),
    dailyUsed: integer('daily_used').notNull().default(0),
    dailyDate: date('daily_date', { mode: 'string' })
      .notNull()
      .default(sql`(now() at time zone 'utc')::date`),
    monthlyLimit: integer('monthly_limit'),
    monthlyUsed: integer('monthly_used').notNull().default(0),
    monthlyMonth: char('monthly_month', { length: 7 })
      .notNull()
      .default(sql`to_char(now() at time zone 'utc', 'YYYY-MM')`),
    version: bigint('version', { mode: 'number' }).notNull().default(1),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (table) => [
    check('tenant_quota_credit_limit', sql`${table.creditLimit} between 0 and 9000000000000000`),
    check('tenant_quota_daily_limit', sql`${table.dailyLimit} >= 0`),
    check('tenant_quota_monthly_limit', sql`${table.monthlyLimit} >= 0`),
  ],
);
