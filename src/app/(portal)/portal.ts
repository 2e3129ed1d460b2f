import { headers } from 'next/headers';
import { notFound, redirect } from 'next/navigation';
import { cache } from 'react';
import { portalRouter } from '@/server/api/portal-router';
import { currentViewer } from '@/server/auth/viewer';
import { getContainer } from '@/server/container';
import { uuidV7 } from '@/server/domain/ids';

/**
 * The portal's procedures for the signed-in member of the request at hand, without a round trip.
 * Signed out, it leads to the sign-in and back to `path` afterwards.
 */
export async function portalFor(path: string) {
  const viewer = await currentViewer();
  if (viewer.kind === 'signed_out') {
    redirect(path === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(path)}`);
  }
  // The layout has drawn what to do instead of the page.
  if (viewer.kind === 'no_tenant') notFound();
  const { accountId, tenantId, role } = viewer.membership;
  return portalRouter.createCaller({
    container: await getContainer(),
    actor: { kind: 'account', accountId, tenantId, role },
    address: null,
    requestId: uuidV7(),
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
