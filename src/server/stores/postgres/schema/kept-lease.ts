import { integer, pgTable, uuid } from 'drizzle-orm/pg-core';
import { instant } from './columns';

/**
 * Leases renewed while their row was locked by somebody, so that no sweeper ends the charge before
 * its owner gets at it. No foreign key: it would wait for that very lock.
 */
export const billingKeptLease = pgTable('billing_kept_lease', {
  transactionId: uuid('transaction_id').primaryKey(),
  attempt: integer('attempt').notNull(),
  expiresAt: instant('expires_at').notNull(),
});
