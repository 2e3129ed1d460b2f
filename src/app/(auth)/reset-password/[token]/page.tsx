import type { Metadata } from 'next';
import { requestTranslator } from '@/app/preferences';
import { AuthFrame } from '../../frame';
import { ResetForm } from './reset-form';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await requestTranslator())('reset.title') };
}

interface PageProps {
  readonly params: Promise<{ readonly token: string }>;
}

/** Opening it does nothing: programs that look into mail open links too. */
export default async function Page({ params }: PageProps) {
  const [{ token }, t] = await Promise.all([params, requestTranslator()]);
  return (
    <AuthFrame title={t('reset.title')} lead={t('reset.lead')}>
      <ResetForm token={token} />
    </AuthFrame>
  );
}
