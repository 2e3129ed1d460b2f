import type { TenantId } from '../ids';

export interface SignInAccount {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  /** Argon2id in PHC form; null: this account has no password. */
  readonly passwordHash: string | null;
  /** False: nobody has shown that the address is theirs; it cannot sign in yet. */
  readonly isVerified: boolean;
}

/** A browser that is signed in, whatever tenants its account belongs to. */
export interface SignedIn {
  readonly sessionId: string;
  readonly accountId: string;
  readonly email: string;
  readonly name: string;
}

export const ROLES = ['owner', 'admin', 'member', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

/** Who acts for which tenant; looked up for every request, so a removal counts at once. */
export interface Membership {
  readonly accountId: string;
  readonly email: string;
  readonly name: string;
  readonly tenantId: TenantId;
  readonly tenantName: string;
  readonly role: Role;
}

export interface AccountDirectory {
  /** By lower-cased e-mail. */
  findByEmail(email: string): Promise<SignInAccount | null>;
  /** Null when the session was ended or has expired; asked for every request. */
  session(sessionId: string): Promise<SignedIn | null>;
  /** Oldest membership first; empty when the account is gone or belongs to no tenant. */
  memberships(accountId: string): Promise<readonly Membership[]>;
}

export interface AttemptBudget {
  readonly attempts: number;
  readonly windowMs: number;
}

/** Counts attempts in a sliding window. */
export interface AttemptLimiter {
  /** Takes one attempt; false when the window is full, and then nothing is counted. */
  take(key: string, budget: AttemptBudget): Promise<boolean>;
  /** Gives back one attempt, because it succeeded. */
  giveBack(key: string): Promise<void>;
  /** Forgets every attempt of a key. */
  clear(key: string): Promise<void>;
}
