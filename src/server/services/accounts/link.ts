import { TallygateError } from '../../domain/errors';
import type { LinkPurpose } from '../../domain/ports/accounts';
import type { Repositories } from '../../domain/ports/repositories';
import { linkTokenHash, newLinkToken } from '../../security/link-token';
import type { ServiceContext } from '../context';

const LIFETIME_MS: Readonly<Record<LinkPurpose, number>> = {
  confirm_email: 24 * 3_600_000,
  reset_password: 3_600_000,
};
const PAGES: Readonly<Record<LinkPurpose, string>> = {
  confirm_email: '/confirm-email',
  reset_password: '/reset-password',
};

export interface MadeLink {
  readonly url: string;
  readonly expiresAt: Date;
}

/** A new link for an account; an earlier one for the same purpose stops. */
export async function makeLink(
  ctx: ServiceContext,
  tx: Repositories,
  accountId: string,
  purpose: LinkPurpose,
): Promise<MadeLink> {
  const { token, hash } = newLinkToken();
  const expiresAt = new Date(Date.now() + LIFETIME_MS[purpose]);
  await tx.accounts.putLink({ accountId, purpose, tokenHash: hash, expiresAt });
  return { url: ctx.identity.pageUrl(`${PAGES[purpose]}/${token}`), expiresAt };
}

/** The account of a link, which is used up by it. Throws `not_found` for one that counts no more. */
export async function takeLink(
  tx: Repositories,
  purpose: LinkPurpose,
  token: string,
): Promise<string> {
  const hash = linkTokenHash(token);
  const accountId = hash === null ? null : await tx.accounts.takeLink(purpose, hash);
  if (accountId !== null) return accountId;
  throw new TallygateError(
    'not_found',
    'This link was used already, or has expired. Ask for a new one.',
  );
}
