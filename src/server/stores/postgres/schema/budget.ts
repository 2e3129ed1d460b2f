import { sql } from 'drizzle-orm';
import { char, check, pgTable, primaryKey, smallint, text, uuid } from 'drizzle-orm/pg-core';
import { instant, nano } from './columns';
import { tenant } from './tenant';

/** What a tenant means to spend in a UTC month. It refuses nothing; it tells people. */
export const tenantBudget = pgTable(
  'tenant_budget',
  {
    tenantId: uuid('tenant_id')
      .primaryKey()
      .references(() => tenant.id),
    amount: nano('amount').notNull(),
    /** Percent of the amount, ascending. */
    thresholds: smallint('thresholds').array().notNull(),
    mail: text('mail', { enum: ['managers', 'chosen', 'nobody'] }).notNull(),
    /** Accounts; read where `mail` is `chosen`. */
    mailTo: uuid('mail_to').array().notNull(),
    /** Of whoever saved it last: letters are written in it. */
    language: text('language', { enum: ['en', 'zh-CN'] }).notNull(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (table) => [
    check('tenant_budget_amount', sql`${table.amount} between 1 and 9000000000000000`),
    check('tenant_budget_thresholds', sql`cardinality(${table.thresholds}) between 1 and 10`),
  ],
);

/** A threshold that was reached: told once for each month and amount, whatever else changes. */
export const budgetAlert = pgTable(
  'budget_alert',
  {
    tenantId: uuid('tenant_id')
      .notNull()
      .references(() => tenant.id),
    month: char('month', { length: 7 }).notNull(),
    amount: nano('amount').notNull(),
    threshold: smallint('threshold').notNull(),
    spent: nano('spent').notNull(),
    reachedAt: instant('reached_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.month, table.amount, table.threshold] }),
  ],
);
