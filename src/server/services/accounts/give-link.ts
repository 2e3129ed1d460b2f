import { z } from 'zod';
import { LINK_PURPOSES } from '../../domain/ports/accounts';
import { auditEntry } from '../audit-entry';
import type { Call } from '../context';
import { requiredOr } from '../fields';
import { notFound, requireOperator } from '../permission';
import { email } from './fields';
import { makeLink } from './link';

export const giveLinkInput = z.strictObject({
  email,
  purpose: z.enum(LINK_PURPOSES, {
    error: requiredOr(`must be one of ${LINK_PURPOSES.join(', ')}`),
  }),
});

export const linkView = z.object({
  url: z.string().meta({ description: 'Works once; give it to nobody but the account’s person.' }),
  expiresAt: z.string(),
});

/** A link that the operator hands over where no mail is sent. Throws `not_found` without account. */
export async function giveLink({
  ctx,
  input,
}: Call<z.output<typeof giveLinkInput>>): Promise<z.output<typeof linkView>> {
  requireOperator(ctx);
  const { url, expiresAt } = await ctx.unitOfWork.transact(async (tx) => {
    const account = await tx.accounts.lockByEmail(input.email);
    if (account === null) throw notFound('account');
    await tx.auditLog.append(
      auditEntry(ctx, {
        action: 'account.give_link',
        target: account.id,
        after: { purpose: input.purpose },
      }),
    );
    return await makeLink(ctx, tx, account.id, input.purpose);
  });
  return { url, expiresAt: expiresAt.toISOString() };
}
