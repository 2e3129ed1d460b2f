import type { Metadata } from 'next';
import Link from 'next/link';
import { requestTranslator } from '@/app/preferences';
import { getContainer } from '@/server/container';
import { AuthFrame } from '../frame';
import { ForgotForm } from './forgot-form';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await requestTranslator())('forgot.title') };
}

export default async function ForgotPasswordPage() {
  const [{ env }, t] = await Promise.all([getContainer(), requestTranslator()]);
  const isMailed = env.SMTP_URL !== undefined;
  return (
    <AuthFrame title={t('forgot.title')} {...(isMailed ? { lead: t('forgot.lead') } : {})}>
      {isMailed ? (
        <ForgotForm />
      ) : (
        <p className="mt-6 text-ink-2 text-lg">{t('forgot.askOperator')}</p>
      )}
      <p className="mt-6">
        <Link href="/sign-in" className="rounded-sm font-medium text-accent-strong hover:underline">
          {t('signIn.submit')}
        </Link>
      </p>
    </AuthFrame>
  );
}
