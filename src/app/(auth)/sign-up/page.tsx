import type { Metadata } from 'next';
import Link from 'next/link';
import { redirect } from 'next/navigation';
import { requestTranslator } from '@/app/preferences';
import { currentSignIn } from '@/server/auth/session';
import { getContainer } from '@/server/container';
import { AuthFrame } from '../frame';
import { SignUpForm } from './sign-up-form';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await requestTranslator())('signUp.title') };
}

export default async function SignUpPage() {
  if ((await currentSignIn()) !== null) redirect('/');
  const [{ env }, t] = await Promise.all([getContainer(), requestTranslator()]);
  const isOpen = env.SIGN_UP === 'open';
  return (
    <AuthFrame title={t('signUp.title')} {...(isOpen ? { lead: t('signUp.lead') } : {})}>
      {isOpen ? (
        <SignUpForm isMailed={env.SMTP_URL !== undefined} />
      ) : (
        <p className="mt-6 text-ink-2 text-lg">{t('signUp.closed')}</p>
      )}
      <p className="mt-6 text-ink-2">
        {t('signUp.have')}{' '}
        <Link href="/sign-in" className="rounded-sm font-medium text-accent-strong hover:underline">
          {t('signIn.submit')}
        </Link>
      </p>
    </AuthFrame>
  );
}
