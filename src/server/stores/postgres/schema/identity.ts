import { index, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { account } from './account';
import { bytes, instant } from './columns';
import { tenant } from './tenant';

const accountId = () =>
  uuid('account_id')
    .notNull()
    .references(() => account.id, { onDelete: 'cascade' });

/** A signed-in browser. Its cookie counts only while the row stands. */
export const accountSession = pgTable(
  'account_session',
  {
    id: uuid('id').primaryKey(),
    accountId: accountId(),
    address: text('address'),
    userAgent: text('user_agent'),
    createdAt: instant('created_at').notNull().defaultNow(),
    lastSeenAt: instant('last_seen_at').notNull().defaultNow(),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [index('account_session_account').on(table.accountId)],
);

/** A link that confirms an address or sets a password: one at a time for each, used once. */
export const accountLink = pgTable(
  'account_link',
  {
    accountId: accountId(),
    purpose: text('purpose', { enum: ['confirm_email', 'reset_password'] }).notNull(),
    /** SHA-256 of the link's secret; the secret itself is never stored. */
    tokenHash: bytes('token_hash').notNull().unique(),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.purpose] })],
);

/** An account of ours as another house knows it. */
export const accountIdentity = pgTable(
  'account_identity',
  {
    provider: text('provider', { enum: ['github', 'google'] }).notNull(),
    /** The id there, which never changes, as an address may. */
    subject: text('subject').notNull(),
    accountId: accountId(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.provider, table.subject] }),
    index('account_identity_account').on(table.accountId),
  ],
);

/** An offer of a role, for the account of one address; the row goes when it is taken or taken back. */
export const invitation = pgTable(
  'invitation',
  {
    id: uuid('id').primaryKey(),
    tenantId: uuid('tenant_id')
      .notNull()
      .references(() => tenant.id),
    /** Lower-cased. */
    email: text('email').notNull(),
    role: text('role', { enum: ['owner', 'admin', 'member', 'viewer'] }).notNull(),
    /** SHA-256 of the link's secret; the secret itself is never stored. */
    tokenHash: bytes('token_hash').notNull().unique(),
    /** Who to name as the one who invites; the operator has no address. */
    invitedBy: text('invited_by'),
    createdAt: instant('created_at').notNull().defaultNow(),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [index('invitation_tenant').on(table.tenantId)],
);
