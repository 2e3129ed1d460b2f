import { TallygateError } from '../../domain/errors';
import { uuidV7 } from '../../domain/ids';
import type { IdentityProvider } from '../../domain/ports/accounts';
import type { Repositories } from '../../domain/ports/repositories';
import type { QuotaRow } from '../../domain/quota';
import { auditEntry } from '../audit-entry';
import type { Call, ServiceContext } from '../context';
import { openTenant } from './confirm-email';

/** Who somebody is at another house. */
export interface ProvidedIdentity {
  readonly provider: IdentityProvider;
  readonly subject: string;
  /** Lower-cased; null unless that house has confirmed it. */
  readonly verifiedEmail: string | null;
  readonly name: string;
}

interface Found {
  readonly accountId: string;
  readonly quota: QuotaRow | null;
}

/**
 * The account of an identity; the first time, that of its confirmed address, or a new one where
 * anybody may sign up or this address was invited. Name and password that were set before the address
 * was confirmed are dropped with their sessions: whoever set them need not be this person. Throws
 * `forbidden` where no account may be made.
 */
export async function accountByProvider({
  ctx,
  input,
}: Call<ProvidedIdentity>): Promise<{ readonly accountId: string }> {
  const { accountId, quota } = await ctx.unitOfWork.transact(async (tx): Promise<Found> => {
    const known = await tx.accounts.findIdentity(input.provider, input.subject);
    if (known !== null) return { accountId: known, quota: null };
    const found = await accountOf(ctx, tx, input);
    await tx.accounts.addIdentity(input.provider, input.subject, found.accountId);
    await tx.auditLog.append(
      auditEntry(ctx, {
        action: 'account.link_identity',
        target: found.accountId,
        after: { provider: input.provider },
      }),
    );
    return found;
  });
  if (quota !== null) await ctx.feed.quotaChanged(quota, []);
  return { accountId };
}

async function accountOf(
  ctx: ServiceContext,
  tx: Repositories,
  { verifiedEmail: email, name }: ProvidedIdentity,
): Promise<Found> {
  if (email === null) throw new TallygateError('forbidden', 'Its address is not confirmed there.');
  const account = await tx.accounts.lockByEmail(email);
  if (account?.isVerified) return { accountId: account.id, quota: null };
  if (!(await maySignUp(ctx, tx, email))) {
    throw new TallygateError('forbidden', 'Accounts are made by invitation here.');
  }
  const id = account?.id ?? uuidV7();
  if (account === null) {
    await tx.accounts.create({ id, email, name, passwordHash: null, isVerified: true });
  } else {
    await tx.accounts.update(id, { name, passwordHash: null, isVerified: true });
    await tx.sessions.endOthers(id, null);
  }
  return { accountId: id, quota: await openTenant(ctx, tx, { id, name }) };
}

async function maySignUp(ctx: ServiceContext, tx: Repositories, email: string): Promise<boolean> {
  switch (ctx.identity.signUp) {
    case 'open':
      return true;
    case 'invitation':
      return await tx.invitations.isInvited(email);
    case 'closed':
      return false;
  }
}
