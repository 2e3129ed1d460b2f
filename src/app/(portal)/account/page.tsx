import type { Metadata } from 'next';
import { headers } from 'next/headers';
import { requestPreferences, requestTranslator } from '@/app/preferences';
import { accountRouter } from '@/server/api/account-router';
import { requestAddress } from '@/server/api/client-address';
import { getContainer } from '@/server/container';
import { uuidV7 } from '@/server/domain/ids';
import { viewerOf } from '../portal';
import { AccountView } from './account-view';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await requestTranslator())('account.title') };
}

export default async function AccountPage() {
  const { signedIn } = await viewerOf('/account');
  const [container, { locale }, head] = await Promise.all([
    getContainer(),
    requestPreferences(),
    headers(),
  ]);
  const account = accountRouter.createCaller({
    container,
    actor: null,
    address: requestAddress(head),
    requestId: uuidV7(),
    browser: { signedIn, language: locale },
  });
  return <AccountView initial={await account.sessions()} email={signedIn.email} />;
}
