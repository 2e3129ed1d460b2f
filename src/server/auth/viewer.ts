import { cookies } from 'next/headers';
import { cache } from 'react';
import { TENANT_COOKIE } from '@/server/api/tenant-cookie';
import { getContainer } from '@/server/container';
import type { Membership, SignedIn } from '@/server/domain/ports/sign-in';
import { chooseMembership } from '@/server/services/choose-membership';
import { currentSignIn } from './session';

export type Viewer =
  | { readonly kind: 'signed_out' }
  /** Signed in, but belongs to no tenant. */
  | { readonly kind: 'no_tenant'; readonly signedIn: SignedIn }
  | {
      readonly kind: 'member';
      readonly signedIn: SignedIn;
      readonly membership: Membership;
      /** All of the account's, the chosen one among them. */
      readonly memberships: readonly Membership[];
    };

/** Who looks at this page, from session and database; read once a request. */
export const currentViewer = cache(async (): Promise<Viewer> => {
  const signedIn = await currentSignIn();
  if (signedIn === null) return { kind: 'signed_out' };
  const { accounts } = await getContainer();
  const memberships = await accounts.memberships(signedIn.accountId);
  const membership = chooseMembership(memberships, (await cookies()).get(TENANT_COOKIE)?.value);
  return membership === null
    ? { kind: 'no_tenant', signedIn }
    : { kind: 'member', signedIn, membership, memberships };
});
