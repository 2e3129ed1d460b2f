import type { TenantId } from '../ids';
import type { Role } from './sign-in';

export interface Member {
  readonly accountId: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly since: Date;
}

export interface MemberRepository {
  /** Oldest first. */
  list(tenantId: TenantId): Promise<readonly Member[]>;
  find(tenantId: TenantId, accountId: string): Promise<Member | null>;
  /** False when the account is a member already; its role stays. */
  add(tenantId: TenantId, accountId: string, role: Role): Promise<boolean>;
  setRole(tenantId: TenantId, accountId: string, role: Role): Promise<void>;
  remove(tenantId: TenantId, accountId: string): Promise<void>;
  /** Takes every member out. */
  clear(tenantId: TenantId): Promise<void>;
}

export interface NewInvitation {
  readonly id: string;
  readonly tenantId: TenantId;
  /** Lower-cased; only this address's account may accept. */
  readonly email: string;
  readonly role: Role;
  readonly tokenHash: Uint8Array;
  readonly invitedBy: string | null;
  readonly expiresAt: Date;
}

export interface Invitation extends Omit<NewInvitation, 'tokenHash'> {
  readonly tenantName: string;
  readonly createdAt: Date;
}

/** An invitation stands until it is accepted, taken back, or expired. */
export interface InvitationRepository {
  /** One for an address: an earlier one of the tenant stops. */
  put(invitation: NewInvitation): Promise<void>;
  /** Those that stand, newest first. */
  list(tenantId: TenantId): Promise<readonly Invitation[]>;
  find(tokenHash: Uint8Array): Promise<Invitation | null>;
  /** Whether any that stands is for this address, lower-cased. */
  isInvited(email: string): Promise<boolean>;
  /** As `find`, and nobody else can take it; it is gone when the transaction commits. */
  take(tokenHash: Uint8Array): Promise<Invitation | null>;
  /** False when the tenant has no such invitation. */
  delete(tenantId: TenantId, id: string): Promise<boolean>;
  clear(tenantId: TenantId): Promise<void>;
}
