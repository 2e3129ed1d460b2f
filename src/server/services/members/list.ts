import type { TenantId } from '../../domain/ids';
import type { Role } from '../../domain/ports/sign-in';
import type { ServiceContext } from '../context';
import { requireTenant } from '../permission';

export interface MemberView {
  readonly accountId: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly since: string;
}

export interface InvitationView {
  readonly id: string;
  readonly email: string;
  readonly role: Role;
  readonly invitedBy: string | null;
  readonly expiresAt: string;
}

export interface MemberList {
  readonly members: readonly MemberView[];
  readonly invitations: readonly InvitationView[];
}

/** Who belongs to the tenant, and who was asked to. */
export async function listMembers({
  ctx,
  tenantId,
}: {
  readonly ctx: ServiceContext;
  readonly tenantId: TenantId;
}): Promise<MemberList> {
  requireTenant(ctx, tenantId, 'members.read');
  return await ctx.unitOfWork.transact(async (tx) => {
    const members = await tx.members.list(tenantId);
    const invitations = await tx.invitations.list(tenantId);
    return {
      members: members.map(({ since, ...member }) => ({ ...member, since: since.toISOString() })),
      invitations: invitations.map(({ id, email, role, invitedBy, expiresAt }) => ({
        id,
        email,
        role,
        invitedBy,
        expiresAt: expiresAt.toISOString(),
      })),
    };
  });
}
