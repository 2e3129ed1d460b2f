import { z } from 'zod';
import { TallygateError } from '../../domain/errors';
import { parseTenantId, uuidV7 } from '../../domain/ids';
import { ROLES } from '../../domain/ports/sign-in';
import { newLinkToken } from '../../security/link-token';
import { email } from '../accounts/fields';
import { takeAttempt } from '../accounts/limits';
import { auditEntry } from '../audit-entry';
import type { Call } from '../context';
import { requiredOr } from '../fields';
import { requireManages } from '../members/access';
import { notFound, requireTenant } from '../permission';

const LIFETIME_MS = 7 * 24 * 3_600_000;

export const createInvitationInput = z.strictObject({
  tenantId: z.string(),
  email,
  role: z.enum(ROLES, { error: requiredOr(`must be one of ${ROLES.join(', ')}`) }),
});

export const invitationLink = z.object({
  id: z.string(),
  url: z.string().nullable().meta({ description: 'Null when it was sent by mail instead.' }),
  expiresAt: z.string(),
});

/**
 * Invites an address to a role; an earlier invitation of it stops. The link goes to the address by
 * mail and is shown to nobody, so that holding it shows whose the address is; without a mail server,
 * and to the operator, it is the answer. Throws `conflict` for a member.
 */
export async function createInvitation({
  ctx,
  input,
}: Call<z.output<typeof createInvitationInput>>): Promise<z.output<typeof invitationLink>> {
  const tenantId = parseTenantId(input.tenantId);
  if (tenantId === null) throw notFound('tenant');
  requireTenant(ctx, tenantId, 'members.manage');
  requireManages(ctx, input.role);
  if (ctx.actor.kind === 'account') await takeAttempt(ctx, 'invite', tenantId);
  const { token, hash } = newLinkToken();
  const { email, role } = input;
  const invitedBy = ctx.signedIn?.name ?? null;
  const invitation = {
    id: uuidV7(),
    tenantId,
    email,
    role,
    tokenHash: hash,
    invitedBy,
    expiresAt: new Date(Date.now() + LIFETIME_MS),
  };
  const url = ctx.identity.pageUrl(`/invitation/${token}`);
  const isMailed = ctx.actor.kind === 'account' && ctx.identity.post.isOpen;
  await ctx.unitOfWork.transact(async (tx) => {
    await tx.tenants.lock(tenantId);
    const standing = await tx.tenants.standing(tenantId);
    if (standing === null || standing.tenant.deletedAt !== null) throw notFound('tenant');
    const members = await tx.members.list(tenantId);
    if (members.some((member) => member.email === email)) {
      throw new TallygateError('conflict', 'This address is a member already.', { param: 'email' });
    }
    await tx.invitations.put(invitation);
    await tx.auditLog.append(
      auditEntry(ctx, {
        tenantId,
        action: 'invitation.create',
        target: invitation.id,
        after: { email, role },
      }),
    );
    if (!isMailed) return;
    const tenantName = standing.tenant.name;
    const letter = { kind: 'invitation', url, tenantName, invitedBy, role } as const;
    await ctx.identity.post.send(tx, email, ctx.language, letter);
  });
  const { id, expiresAt } = invitation;
  return { id, url: isMailed ? null : url, expiresAt: expiresAt.toISOString() };
}
