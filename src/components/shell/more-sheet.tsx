'use client';

import { BookOpen, CircleUserRound, Ellipsis } from 'lucide-react';
import Link from 'next/link';
import { useState } from 'react';
import type { Role } from '@/server/domain/ports/sign-in';
import { useT } from '../i18n/provider';
import { Dialog } from '../ui/dialog';
import { isAt, moreItems, NAV_LOOK, type NavItem } from './nav-items';

/** On a phone: what has no room in the bar, as a sheet under the thumb. */
const LAST: readonly NavItem[] = [
  { href: '/account', icon: CircleUserRound, label: 'nav.account' },
  { href: '/docs', icon: BookOpen, label: 'nav.docs' },
];

export function MoreSheet({ pathname, role }: { pathname: string; role: Role }) {
  const t = useT();
  const items = [...moreItems(role), ...LAST];
  const [open, setOpen] = useState(false);
  const isHere = items.some(({ href }) => isAt(pathname, href));
  return (
    <Dialog
      open={open}
      onOpenChange={setOpen}
      title={t('nav.more')}
      trigger={
        <button type="button" aria-current={isHere ? 'page' : undefined} className={NAV_LOOK}>
          <Ellipsis className="size-5" aria-hidden="true" />
          {t('nav.more')}
        </button>
      }
    >
      <ul className="grid grid-cols-3 gap-2">
        {items.map(({ href, icon: Icon, label }) => (
          <li key={href}>
            <Link
              href={href}
              aria-current={isAt(pathname, href) ? 'page' : undefined}
              onClick={() => setOpen(false)}
              className="flex h-20 flex-col items-center justify-center gap-2 rounded-md border border-line bg-bg px-2 text-center font-medium text-sm transition-colors hover:border-line-strong hover:bg-sunken aria-[current=page]:border-accent aria-[current=page]:bg-accent-soft aria-[current=page]:text-accent-strong"
            >
              <Icon className="size-5" aria-hidden="true" />
              {t(label)}
            </Link>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
