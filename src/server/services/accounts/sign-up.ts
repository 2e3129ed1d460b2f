import { z } from 'zod';
import { TallygateError } from '../../domain/errors';
import { uuidV7 } from '../../domain/ids';
import type { AccountLetter } from '../../domain/ports/letters';
import type { Repositories } from '../../domain/ports/repositories';
import type { Call, ServiceContext } from '../context';
import { name } from '../fields';
import { ANSWER_MS_MIN, atLeast } from './at-least';
import { email, newPassword } from './fields';
import { takeAttempt } from './limits';
import { makeLink } from './link';

export const signUpInput = z.strictObject({ name, email, password: newPassword });

type Input = z.output<typeof signUpInput>;

/**
 * Makes an account that counts once its address is confirmed. The answer is the same, and takes as
 * long, whether or not the address has an account: only a letter to it tells. Until it is confirmed
 * the last to sign up sets name and password, so that nobody can occupy an address.
 */
export async function signUp({ ctx, input }: Call<Input>): Promise<void> {
  if (ctx.identity.signUp !== 'open') {
    throw new TallygateError('forbidden', 'Accounts are made by invitation here.');
  }
  await takeAttempt(ctx, 'sign_up', input.email);
  await atLeast(ANSWER_MS_MIN, () => makeAccount(ctx, input));
}

async function makeAccount(ctx: ServiceContext, input: Input): Promise<void> {
  const { name, email, password } = input;
  const passwordHash = await ctx.identity.passwords.hash(password);
  await ctx.unitOfWork.transact(async (tx) => {
    const letter = await register(ctx, tx, { name, email, passwordHash });
    await ctx.identity.post.send(tx, email, ctx.language, letter);
  });
}

async function register(
  ctx: ServiceContext,
  tx: Repositories,
  { name, email, passwordHash }: Pick<Input, 'name' | 'email'> & { readonly passwordHash: string },
): Promise<AccountLetter> {
  const id = uuidV7();
  const isNew = await tx.accounts.create({ id, email, name, passwordHash, isVerified: false });
  const account = await tx.accounts.lockByEmail(email);
  if (!isNew && account?.isVerified !== false) {
    return { kind: 'account_exists', url: ctx.identity.pageUrl('/forgot-password') };
  }
  const accountId = account?.id ?? id;
  await tx.accounts.update(accountId, { name, passwordHash });
  const { url } = await makeLink(ctx, tx, accountId, 'confirm_email');
  return { kind: 'confirm_email', url };
}
