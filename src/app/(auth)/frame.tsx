import type { ReactNode } from 'react';
import { requestPreferences, requestTranslator } from '@/app/preferences';
import { Wordmark } from '@/components/brand/logo';
import { Preferences } from '@/components/shell/preferences';
import { TallyPattern } from './tally-pattern';

interface AuthFrameProps {
  readonly title: string;
  readonly lead?: string;
  readonly children: ReactNode;
}

/** The frame of every page for whoever is not signed in: a form beside what the gateway is. */
export async function AuthFrame({ title, lead, children }: AuthFrameProps) {
  const [{ theme }, t] = await Promise.all([requestPreferences(), requestTranslator()]);
  return (
    <div className="grid min-h-dvh lg:grid-cols-2">
      <div className="flex flex-col px-5 py-5 sm:px-10">
        <header className="flex items-center justify-between">
          <Wordmark />
          <Preferences theme={theme} />
        </header>
        <main className="m-auto w-full max-w-sm py-12">
          <h1 className="font-semibold text-2xl">{title}</h1>
          {lead === undefined ? null : <p className="mt-1.5 text-ink-2 text-lg">{lead}</p>}
          {children}
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
