import type { Metadata } from 'next';
import { requestTranslator } from '@/app/preferences';
import { AuthFrame } from '../../frame';
import { ConfirmForm } from './confirm-form';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await requestTranslator())('confirm.title') };
}

interface PageProps {
  readonly params: Promise<{ readonly token: string }>;
}

/** Opening it does nothing: programs that look into mail open links too. */
export default async function Page({ params }: PageProps) {
  const [{ token }, t] = await Promise.all([params, requestTranslator()]);
  return (
    <AuthFrame title={t('confirm.title')} lead={t('confirm.lead')}>
      <ConfirmForm token={token} />
    </AuthFrame>
  );
}
