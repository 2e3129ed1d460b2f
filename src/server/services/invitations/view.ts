import { z } from 'zod';
import type { Role } from '../../domain/ports/sign-in';
import { linkTokenHash } from '../../security/link-token';
import { linkToken } from '../accounts/fields';
import { takeAttempt } from '../accounts/limits';
import type { Call } from '../context';
import { notFound } from '../permission';

export const invitationInput = z.strictObject({ token: linkToken });

export interface OpenInvitation {
  readonly tenantName: string;
  readonly email: string;
  readonly role: Role;
  readonly invitedBy: string | null;
  /** What whoever holds the link can do about it. */
  readonly next: 'accept' | 'sign_in' | 'sign_up' | 'other_account' | 'no_account';
}

/** What an invitation offers, to whoever holds its link. Throws `not_found` when it stands no more. */
export async function viewInvitation({
  ctx,
  input,
}: Call<z.output<typeof invitationInput>>): Promise<OpenInvitation> {
  await takeAttempt(ctx, 'link', '');
  const hash = linkTokenHash(input.token);
  return await ctx.unitOfWork.transact(async (tx) => {
    const invitation = hash === null ? null : await tx.invitations.find(hash);
    if (invitation === null) throw notFound('invitation');
    const { tenantName, email, role, invitedBy } = invitation;
    const next = async (): Promise<OpenInvitation['next']> => {
      if (ctx.signedIn !== null) return ctx.signedIn.email === email ? 'accept' : 'other_account';
      const account = await tx.accounts.lockByEmail(email);
      if (account?.isVerified) return 'sign_in';
      return ctx.identity.signUp === 'closed' ? 'no_account' : 'sign_up';
    };
    return { tenantName, email, role, invitedBy, next: await next() };
  });
}
