import { z } from 'zod';
import { TallygateError } from '../../domain/errors';
import { auditEntry } from '../audit-entry';
import type { Call } from '../context';
import { openTenant } from './confirm-email';
import { linkToken, newPassword } from './fields';
import { takeAttempt } from './limits';
import { takeLink } from './link';

export const resetPasswordInput = z.strictObject({ token: linkToken, password: newPassword });

/**
 * Sets the password that a link allows to set, and ends every session of the account. Whoever has
 * the link has the mailbox, so an address that was not confirmed is by this, with all that follows. Throws `not_found` for
 * a dead link.
 */
export async function resetPassword({
  ctx,
  input,
}: Call<z.output<typeof resetPasswordInput>>): Promise<{ readonly email: string }> {
  await takeAttempt(ctx, 'link', '');
  const passwordHash = await ctx.identity.passwords.hash(input.password);
  const { email, quota } = await ctx.unitOfWork.transact(async (tx) => {
    const account = await tx.accounts.lock(await takeLink(tx, 'reset_password', input.token));
    if (account === null) throw new TallygateError('not_found', 'This account is gone.');
    await tx.accounts.update(account.id, { passwordHash, isVerified: true });
    await tx.sessions.endOthers(account.id, null);
    await tx.auditLog.append(
      auditEntry(ctx, { action: 'account.reset_password', target: account.id }),
    );
    await ctx.identity.post.send(tx, account.email, ctx.language, { kind: 'password_changed' });
    const quota = account.isVerified ? null : await openTenant(ctx, tx, account);
    return { email: account.email, quota };
  });
  if (quota !== null) await ctx.feed.quotaChanged(quota, []);
  return { email };
}
