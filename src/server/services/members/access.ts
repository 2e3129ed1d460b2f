import { TallygateError } from '../../domain/errors';
import type { TenantId } from '../../domain/ids';
import { mayManage } from '../../domain/permissions';
import type { Member } from '../../domain/ports/members';
import type { Repositories } from '../../domain/ports/repositories';
import type { Role } from '../../domain/ports/sign-in';
import type { ServiceContext } from '../context';
import { notFound } from '../permission';

/** Throws `forbidden` where the actor may not give or take such a role. */
export function requireManages({ actor }: ServiceContext, of: Role): void {
  if (actor.kind !== 'account' || mayManage(actor.role, of)) return;
  throw new TallygateError(
    'forbidden',
    of === 'owner'
      ? 'Only an owner gives or takes the role of an owner.'
      : `Your role in this organisation, ${actor.role}, may not do this.`,
  );
}

/** The member, with the tenant's memberships locked against other changes. */
export async function lockMember(
  tx: Repositories,
  tenantId: TenantId,
  accountId: string,
): Promise<Member> {
  await tx.tenants.lock(tenantId);
  const member = await tx.members.find(tenantId, accountId);
  if (member === null) throw notFound('member');
  return member;
}

/** Throws `conflict` where the member is the last owner; the memberships are locked. */
export async function requireAnotherOwner(
  tx: Repositories,
  tenantId: TenantId,
  member: Member,
): Promise<void> {
  if (member.role !== 'owner') return;
  const members = await tx.members.list(tenantId);
  if (members.some((one) => one.role === 'owner' && one.accountId !== member.accountId)) return;
  throw new TallygateError(
    'conflict',
    'An organisation has at least one owner. Make somebody else an owner first.',
  );
}
