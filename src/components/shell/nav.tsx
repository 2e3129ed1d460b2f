'use client';

import { ChartColumn, KeyRound, LayoutDashboard, ReceiptText, Users } from 'lucide-react';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { useT } from '../i18n/provider';

const ITEMS = [
  { href: '/', icon: LayoutDashboard, label: 'nav.overview', onPhone: true },
  { href: '/keys', icon: KeyRound, label: 'nav.keys', onPhone: true },
  { href: '/transactions', icon: ReceiptText, label: 'nav.transactions', onPhone: true },
  { href: '/usage', icon: ChartColumn, label: 'nav.usage', onPhone: true },
  // On a phone it is in the menu of the organisation: the bar has room for four.
  { href: '/members', icon: Users, label: 'nav.members', onPhone: false },
] as const;

/** One landmark: a column beside the page, and on a phone a bar under the thumb. */
export function Nav() {
  const t = useT();
  const pathname = usePathname();
  return (
    <nav
      aria-label={t('nav.label')}
      className="safe-bottom fixed inset-x-0 bottom-0 z-20 border-line border-t bg-surface md:static md:border-0 md:bg-transparent md:pb-0"
    >
      <ul className="grid grid-cols-4 md:flex md:flex-col md:gap-0.5">
        {ITEMS.map(({ href, icon: Icon, label, onPhone }) => {
          const current = href === '/' ? pathname === '/' : pathname.startsWith(href);
          return (
            <li key={href} className={onPhone ? '' : 'max-md:hidden'}>
              <Link
                href={href}
                aria-current={current ? 'page' : undefined}
                className="flex h-14 flex-col items-center justify-center gap-1 font-medium text-ink-2 text-xs transition-colors hover:text-ink focus-visible:-outline-offset-2 aria-[current=page]:text-accent-strong md:h-9 md:flex-row md:justify-start md:gap-2.5 md:rounded-md md:px-2.5 md:text-base md:hover:bg-sunken md:aria-[current=page]:bg-sunken md:aria-[current=page]:text-ink"
              >
                <Icon className="size-5 md:size-4" aria-hidden="true" />
                {t(label)}
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
