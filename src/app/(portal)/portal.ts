import { headers } from 'next/headers';
import { notFound, redirect } from 'next/navigation';
import { cache } from 'react';
import { PATH_HEADER } from '@/app/path-header';
import { requestPreferences } from '@/app/preferences';
import { portalRouter } from '@/server/api/portal-router';
import { currentViewer } from '@/server/auth/viewer';
import { getContainer } from '@/server/container';
import { uuidV7 } from '@/server/domain/ids';

const signInPath = (next: string): string =>
  next === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(next)}`;

/** Nothing of the portal's, however it is spelled: a client that mistook its path is told 404. */
export const isApiPath = (path: string): boolean =>
  /^\/+(?:api|v1)(?:[/;?]|$)/i.test(decoded(path));

const decoded = (path: string): string => {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
};

/** Leads to the sign-in before a page's skeleton could be on its way, after which no redirect is. */
export async function leaveForSignIn(): Promise<never> {
  const path = (await headers()).get(PATH_HEADER);
  // The proxy names every page; what it leaves out is the API's.
  if (path === null || isApiPath(path)) notFound();
  redirect(signInPath(path));
}

/**
 * The member who asks for the page at hand. Signed out, it leads to the sign-in and back to `path`
 * afterwards.
 */
export async function viewerOf(path: string) {
  const viewer = await currentViewer();
  if (viewer.kind === 'signed_out') redirect(signInPath(path));
  // The layout has drawn what to do instead of the page.
  if (viewer.kind === 'no_tenant') notFound();
  return viewer;
}

/** The portal's procedures for that member, without a round trip. */
export async function portalFor(path: string) {
  const { signedIn, membership } = await viewerOf(path);
  const { accountId, tenantId, role } = membership;
  const [container, { locale }] = await Promise.all([getContainer(), requestPreferences()]);
  return portalRouter.createCaller({
    container,
    actor: { kind: 'account', accountId, tenantId, role },
    address: null,
    requestId: uuidV7(),
    browser: { signedIn, language: locale },
  });
}

/** Where clients send requests: the configured origin, or the one this page was asked from. */
export const publicBaseUrl = cache(async (): Promise<string> => {
  const configured = (await getContainer()).env.NEXTAUTH_URL;
  if (configured !== undefined) return `${new URL(configured).origin}/api/v1`;
  const head = await headers();
  const protocol = head.get('x-forwarded-proto') === 'https' ? 'https' : 'http';
  return `${protocol}://${head.get('x-forwarded-host') ?? head.get('host') ?? 'localhost'}/api/v1`;
});
