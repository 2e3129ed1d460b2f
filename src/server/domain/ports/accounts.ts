import type { TenantId } from '../ids';
import type { Role } from './sign-in';

export const LINK_PURPOSES = ['confirm_email', 'reset_password'] as const;
export type LinkPurpose = (typeof LINK_PURPOSES)[number];

export const IDENTITY_PROVIDERS = ['github', 'google'] as const;
export type IdentityProvider = (typeof IDENTITY_PROVIDERS)[number];

export interface AccountRecord {
  readonly id: string;
  /** Lower-cased. */
  readonly email: string;
  readonly name: string;
  /** Argon2id in PHC form; null: this account has no password. */
  readonly passwordHash: string | null;
  readonly isVerified: boolean;
}

export interface AccountRepository {
  /** The account's id, verified; that of the one that has this e-mail already, left as it is. */
  ensure(account: {
    readonly email: string;
    readonly name: string;
    readonly passwordHash: string;
  }): Promise<string>;
  addMembership(accountId: string, tenantId: TenantId, role: Role): Promise<void>;
  /** By lower-cased e-mail. With this row locked, so that two changes of it do not meet. */
  lockByEmail(email: string): Promise<AccountRecord | null>;
  lock(id: string): Promise<AccountRecord | null>;
  /** False, and nothing written, when the e-mail has an account. */
  create(account: AccountRecord): Promise<boolean>;
  update(
    id: string,
    change: {
      readonly name?: string;
      readonly passwordHash?: string | null;
      readonly isVerified?: true;
    },
  ): Promise<void>;
  /** One link a purpose: an earlier one stops. */
  putLink(link: {
    readonly accountId: string;
    readonly purpose: LinkPurpose;
    readonly tokenHash: Uint8Array;
    readonly expiresAt: Date;
  }): Promise<void>;
  /** Uses a link up; null when there is none, or it has expired. */
  takeLink(purpose: LinkPurpose, tokenHash: Uint8Array): Promise<string | null>;
  findIdentity(provider: IdentityProvider, subject: string): Promise<string | null>;
  addIdentity(provider: IdentityProvider, subject: string, accountId: string): Promise<void>;
}

export interface NewSession {
  readonly id: string;
  readonly accountId: string;
  readonly address: string | null;
  readonly userAgent: string | null;
  readonly expiresAt: Date;
}

export interface SessionRecord extends NewSession {
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
}

/** A session counts while its row stands. */
export interface SessionRepository {
  start(session: NewSession): Promise<void>;
  /** Those of an account that have not expired, last seen first. */
  list(accountId: string): Promise<readonly SessionRecord[]>;
  /** False when the account has no such session. */
  end(accountId: string, id: string): Promise<boolean>;
  /** Every session of the account but one; null ends all. */
  endOthers(accountId: string, keptId: string | null): Promise<void>;
}
