import { cache } from 'react';
import { getContainer } from '@/server/container';
import type { Membership } from '@/server/domain/ports/sign-in';
import { currentAccountId } from './session';

export type Viewer =
  | { readonly kind: 'signed_out' }
  /** Signed in, but the account is gone or belongs to no tenant. */
  | { readonly kind: 'no_tenant' }
  | { readonly kind: 'member'; readonly membership: Membership };

/** Who looks at this page, from session and database; read once a request. */
export const currentViewer = cache(async (): Promise<Viewer> => {
  const accountId = await currentAccountId();
  if (accountId === null) return { kind: 'signed_out' };
  const { accounts } = await getContainer();
  const [membership] = await accounts.memberships(accountId);
  return membership === undefined ? { kind: 'no_tenant' } : { kind: 'member', membership };
});
