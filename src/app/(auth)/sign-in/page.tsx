import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { requestPreferences, requestTranslator } from '@/app/preferences';
import { Wordmark } from '@/components/brand/logo';
import { Preferences } from '@/components/shell/preferences';
import { currentAccountId } from '@/server/auth/session';
import { safePath } from './safe-path';
import { SignInForm } from './sign-in-form';
import { TallyPattern } from './tally-pattern';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await requestTranslator())('signIn.title') };
}

type SearchParams = Promise<Readonly<Record<string, string | readonly string[] | undefined>>>;

export default async function SignInPage({ searchParams }: { searchParams: SearchParams }) {
  const { next } = await searchParams;
  const target = safePath(typeof next === 'string' ? next : undefined);
  if ((await currentAccountId()) !== null) redirect(target);
  const [{ theme }, t] = await Promise.all([requestPreferences(), requestTranslator()]);
  return (
    <div className="grid min-h-dvh lg:grid-cols-2">
      <div className="flex flex-col px-5 py-5 sm:px-10">
        <header className="flex items-center justify-between">
          <Wordmark />
          <Preferences theme={theme} />
        </header>
        <main className="m-auto w-full max-w-sm py-12">
          <h1 className="font-semibold text-2xl">{t('signIn.title')}</h1>
          <p className="mt-1.5 text-ink-2 text-lg">{t('signIn.lead')}</p>
          <SignInForm next={target} />
          <noscript>
            <p className="mt-4 text-danger">{t('signIn.noScript')}</p>
          </noscript>
          <p className="mt-6 text-ink-3 text-sm">{t('signIn.hint')}</p>
        </main>
      </div>
      <aside className="sticky top-0 hidden h-dvh flex-col gap-12 border-line border-l bg-sunken p-12 lg:flex xl:p-16">
        <TallyPattern className="min-h-0 w-full max-w-md flex-1" />
        <div className="max-w-md">
          <p className="font-semibold text-2xl tracking-tight">{t('app.tagline')}</p>
          <p className="mt-2 text-ink-2 text-lg">{t('app.taglineDetail')}</p>
        </div>
      </aside>
    </div>
  );
}
