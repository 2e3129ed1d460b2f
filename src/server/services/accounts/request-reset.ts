import { z } from 'zod';
import type { Call } from '../context';
import { ANSWER_MS_MIN, atLeast } from './at-least';
import { email } from './fields';
import { takeAttempt } from './limits';
import { makeLink } from './link';

export const requestResetInput = z.strictObject({ email });

/**
 * Sends a link that sets a new password, if the address has an account. The answer is the same
 * either way, and does not wait for the letter.
 */
export async function requestReset({
  ctx,
  input,
}: Call<z.output<typeof requestResetInput>>): Promise<void> {
  await takeAttempt(ctx, 'reset', input.email);
  // Without a mail server a link would lead nowhere, and would stop one that the operator gave.
  if (!ctx.identity.post.isOpen) return;
  await atLeast(ANSWER_MS_MIN, () =>
    ctx.unitOfWork.transact(async (tx) => {
      const account = await tx.accounts.lockByEmail(input.email);
      if (account === null) return;
      const { url } = await makeLink(ctx, tx, account.id, 'reset_password');
      await ctx.identity.post.send(tx, input.email, ctx.language, { kind: 'reset_password', url });
    }),
  );
}
