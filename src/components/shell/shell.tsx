import { BookOpen } from 'lucide-react';
import Link from 'next/link';
import type { ReactNode } from 'react';
import type { Translate } from '@/messages';
import type { Role } from '@/server/domain/ports/sign-in';
import { Wordmark } from '../brand/logo';
import { AccountMenu, type AccountMenuProps } from './account-menu';
import { Nav } from './nav';
import { Preferences } from './preferences';
import { SignOutButton } from './sign-out-button';
import type { Theme } from './theme';
import { TraceSearch } from './trace-search';

export interface ShellProps {
  readonly t: Translate;
  readonly theme: Theme;
  readonly account: AccountMenuProps;
  readonly role: Role;
  readonly children: ReactNode;
}

/** The frame of every signed-in page: a column at the side, on a phone a bar at top and bottom. */
export function Shell({ t, theme, account, role, children }: ShellProps) {
  return (
    <div className="min-h-dvh md:grid md:grid-cols-[15rem_minmax(0,1fr)]">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:absolute focus:top-2 focus:left-2 focus:z-30 focus:rounded-md focus:bg-surface focus:px-3 focus:py-2"
      >
        {t('app.skip')}
      </a>
      <header className="flex h-14 items-center justify-between border-line border-b bg-surface px-4 md:sticky md:top-0 md:h-dvh md:flex-col md:items-stretch md:justify-start md:gap-6 md:border-r md:border-b-0 md:bg-bg md:px-3 md:py-5">
        <Link href="/" className="inline-flex shrink-0 rounded-sm md:mx-2.5" aria-label="Tallygate">
          <Wordmark wordClassName="max-[30rem]:hidden" />
        </Link>
        <TraceSearch className="ml-auto flex size-9 shrink-0 items-center justify-center gap-2.5 rounded-md text-ink-2 transition-colors hover:bg-sunken hover:text-ink md:mx-0 md:h-9 md:w-full md:border md:border-line md:bg-surface md:px-2.5 md:shadow-card" />
        <Nav role={role} />
        <div className="flex min-w-0 items-center md:mt-auto md:flex-col md:items-stretch md:gap-3">
          <a
            href="/docs"
            className="hidden h-9 items-center gap-2.5 rounded-md px-2.5 font-medium text-ink-2 transition-colors hover:bg-sunken hover:text-ink md:flex"
          >
            <BookOpen className="size-4" aria-hidden="true" />
            {t('nav.docs')}
          </a>
          <div className="min-w-0 border-line md:border-t md:pt-3">
            <AccountMenu {...account} />
          </div>
          <div className="flex shrink-0 items-center md:justify-between md:px-0.5">
            <Preferences theme={theme} />
            <SignOutButton />
          </div>
        </div>
      </header>
      <main id="main" className="min-w-0 px-4 pt-6 pb-24 sm:px-6 md:px-10 md:pt-10 md:pb-16">
        <div className="mx-auto max-w-5xl">{children}</div>
      </main>
    </div>
  );
}
