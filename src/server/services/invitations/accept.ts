import { z } from 'zod';
import { TallygateError } from '../../domain/errors';
import { type TenantId, uuidV7 } from '../../domain/ids';
import type { Invitation } from '../../domain/ports/members';
import type { Repositories } from '../../domain/ports/repositories';
import { linkTokenHash } from '../../security/link-token';
import { linkToken, newPassword } from '../accounts/fields';
import { takeAttempt } from '../accounts/limits';
import { auditEntry } from '../audit-entry';
import type { Call, ServiceContext } from '../context';
import { name } from '../fields';
import { notFound } from '../permission';

export const acceptInvitationInput = z.strictObject({
  token: linkToken,
  /** For an address that has no account yet. */
  account: z.strictObject({ name, password: newPassword }).optional(),
});

type Input = z.output<typeof acceptInvitationInput>;

/**
 * Takes up an invitation, once. Whoever is signed in must be of its address; whoever is not makes the
 * account by it, confirmed by the link. Throws `not_found` when it stands no more.
 */
export async function acceptInvitation({
  ctx,
  input,
}: Call<Input>): Promise<{ readonly tenantId: TenantId; readonly email: string }> {
  await takeAttempt(ctx, 'link', '');
  const hash = linkTokenHash(input.token);
  const passwordHash =
    input.account === undefined ? null : await ctx.identity.passwords.hash(input.account.password);
  return await ctx.unitOfWork.transact(async (tx) => {
    const invitation = hash === null ? null : await tx.invitations.take(hash);
    if (invitation === null) throw notFound('invitation');
    const { tenantId, email, role } = invitation;
    const accountId =
      ctx.signedIn === null
        ? await makeAccount(ctx, tx, invitation, input.account?.name ?? null, passwordHash)
        : requireSame(ctx.signedIn, email);
    await tx.tenants.lock(tenantId);
    if (!(await tx.members.add(tenantId, accountId, role))) {
      throw new TallygateError('conflict', 'You are a member of this organisation already.');
    }
    await tx.auditLog.append(
      auditEntry(ctx, {
        tenantId,
        action: 'invitation.accept',
        target: accountId,
        after: { email, role },
      }),
    );
    return { tenantId, email };
  });
}

function requireSame(signedIn: NonNullable<ServiceContext['signedIn']>, email: string): string {
  if (signedIn.email === email) return signedIn.accountId;
  throw new TallygateError(
    'forbidden',
    'This invitation is for another address. Sign in with the account that it was sent to.',
  );
}

async function makeAccount(
  ctx: ServiceContext,
  tx: Repositories,
  { email }: Invitation,
  name: string | null,
  passwordHash: string | null,
): Promise<string> {
  if (name === null || passwordHash === null) {
    throw new TallygateError('invalid_api_key', 'Sign in first, or make an account by it.');
  }
  if (ctx.identity.signUp === 'closed') {
    throw new TallygateError('forbidden', 'No accounts are made here. Ask the operator for one.');
  }
  const id = uuidV7();
  if (await tx.accounts.create({ id, email, name, passwordHash, isVerified: true })) return id;
  const account = await tx.accounts.lockByEmail(email);
  if (account === null || account.isVerified) {
    throw new TallygateError('conflict', 'This address has an account. Sign in with it first.');
  }
  await tx.accounts.update(account.id, { name, passwordHash, isVerified: true });
  return account.id;
}
