import type { Metadata } from 'next';
import Link from 'next/link';
import { redirect } from 'next/navigation';
import { requestTranslator } from '@/app/preferences';
import { Alert } from '@/components/ui/notice';
import { providerNames } from '@/server/auth/providers';
import { currentSignIn } from '@/server/auth/session';
import { getContainer } from '@/server/container';
import { AuthFrame } from '../frame';
import { safePath } from '../safe-path';
import { ProviderButtons } from './provider-buttons';
import { SignInForm } from './sign-in-form';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await requestTranslator())('signIn.title') };
}

type SearchParams = Promise<Readonly<Record<string, string | readonly string[] | undefined>>>;
const LINK = 'rounded-sm font-medium text-accent-strong hover:underline';

/** Why the way over another house ended here; the rest is told beside the form. */
function faultText(error: string | readonly string[], isOpen: boolean) {
  if (error !== 'AccessDenied') return 'signIn.brokenOff';
  return isOpen ? 'signIn.unconfirmedThere' : 'signIn.denied';
}

export default async function SignInPage({ searchParams }: { searchParams: SearchParams }) {
  const { next, error } = await searchParams;
  const target = safePath(typeof next === 'string' ? next : undefined);
  if ((await currentSignIn()) !== null) redirect(target);
  const [{ env }, t] = await Promise.all([getContainer(), requestTranslator()]);
  return (
    <AuthFrame title={t('signIn.title')} lead={t('signIn.lead')}>
      {error === undefined ? null : (
        <div className="mt-6">
          <Alert tone="bad">{t(faultText(error, env.SIGN_UP === 'open'))}</Alert>
        </div>
      )}
      <SignInForm next={target} />
      <noscript>
        <p className="mt-4 text-danger">{t('signIn.noScript')}</p>
      </noscript>
      <ProviderButtons providers={providerNames(env)} next={target} />
      <div className="mt-6 flex flex-wrap justify-between gap-x-6 gap-y-2">
        <Link href="/forgot-password" className={LINK}>
          {t('forgot.link')}
        </Link>
        {env.SIGN_UP === 'open' ? (
          <Link href="/sign-up" className={LINK}>
            {t('signIn.create')}
          </Link>
        ) : null}
      </div>
      {env.TALLYGATE_DEMO_EMAIL === undefined ? null : (
        <p className="mt-6 text-ink-2 text-sm">{t('signIn.hint')}</p>
      )}
    </AuthFrame>
  );
}
