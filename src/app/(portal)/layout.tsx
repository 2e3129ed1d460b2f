import { UserRoundX } from 'lucide-react';
import type { ReactNode } from 'react';
import { requestPreferences, requestTranslator } from '@/app/preferences';
import { Shell } from '@/components/shell/shell';
import { SignOutButton } from '@/components/shell/sign-out-button';
import { QueryProvider } from '@/components/trpc/provider';
import { Empty } from '@/components/ui/notice';
import { Toasts } from '@/components/ui/toast';
import { currentViewer } from '@/server/auth/viewer';
import { leaveForSignIn } from './portal';

/** The frame of signed-in pages. Each page asks for itself who is there; this only draws. */
export default async function PortalLayout({ children }: { children: ReactNode }) {
  const [viewer, { theme }, t] = await Promise.all([
    currentViewer(),
    requestPreferences(),
    requestTranslator(),
  ]);
  if (viewer.kind === 'signed_out') return await leaveForSignIn();
  if (viewer.kind === 'no_tenant') {
    return (
      <main className="grid min-h-dvh place-items-center">
        <Empty icon={UserRoundX} title={t('error.noTenant')} hint={t('error.noTenantHint')}>
          <SignOutButton />
        </Empty>
      </main>
    );
  }
  const account = {
    email: viewer.signedIn.email,
    tenantId: viewer.membership.tenantId,
    tenants: viewer.memberships.map(({ tenantId, tenantName }) => ({
      id: tenantId,
      name: tenantName,
    })),
  };
  return (
    <QueryProvider>
      <Shell t={t} theme={theme} account={account} role={viewer.membership.role}>
        {children}
      </Shell>
      <Toasts />
    </QueryProvider>
  );
}
