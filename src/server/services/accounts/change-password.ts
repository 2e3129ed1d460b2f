import { z } from 'zod';
import { TallygateError } from '../../domain/errors';
import { auditEntry } from '../audit-entry';
import type { Call } from '../context';
import { requireSignedIn } from '../permission';
import { anyPassword, newPassword } from './fields';
import { takeAttempt } from './limits';

export const changePasswordInput = z.strictObject({ current: anyPassword, next: newPassword });

/**
 * Sets a new password and ends every other session of the account. Throws `invalid_field` for
 * `current` when it is not the password; an account without one asks for a link instead.
 */
export async function changePassword({
  ctx,
  input,
}: Call<z.output<typeof changePasswordInput>>): Promise<void> {
  const { accountId, sessionId, email } = requireSignedIn(ctx);
  await takeAttempt(ctx, 'password', accountId);
  const { passwords } = ctx.identity;
  const passwordHash = await passwords.hash(input.next);
  await ctx.unitOfWork.transact(async (tx) => {
    const account = await tx.accounts.lock(accountId);
    if (!(await passwords.verify(account?.passwordHash ?? null, input.current))) {
      throw new TallygateError('invalid_field', 'This is not your current password.', {
        param: 'current',
      });
    }
    await tx.accounts.update(accountId, { passwordHash });
    await tx.sessions.endOthers(accountId, sessionId);
    await tx.auditLog.append(
      auditEntry(ctx, { action: 'account.change_password', target: accountId }),
    );
    await ctx.identity.post.send(tx, email, ctx.language, { kind: 'password_changed' });
  });
}
