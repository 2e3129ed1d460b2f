'use client';

import Link from 'next/link';
import { usePathname } from 'next/navigation';
import type { Role } from '@/server/domain/ports/sign-in';
import { useT } from '../i18n/provider';
import { MoreSheet } from './more-sheet';
import { BAR_ITEMS, isAt, moreItems, NAV_LOOK, type NavItem } from './nav-items';

/** One landmark: a column beside the page, and on a phone a bar under the thumb. */
export function Nav({ role }: { role: Role }) {
  const t = useT();
  const pathname = usePathname();
  return (
    <nav
      aria-label={t('nav.label')}
      className="safe-bottom fixed inset-x-0 bottom-0 z-20 border-line border-t bg-surface md:static md:border-0 md:bg-transparent md:pb-0"
    >
      <ul className="grid grid-cols-5 md:flex md:flex-col md:gap-0.5">
        {BAR_ITEMS.map((item) => (
          <NavLink key={item.href} item={item} pathname={pathname} />
        ))}
        {moreItems(role).map((item) => (
          <NavLink key={item.href} item={item} pathname={pathname} className="max-md:hidden" />
        ))}
        <li className="md:hidden">
          <MoreSheet pathname={pathname} role={role} />
        </li>
      </ul>
    </nav>
  );
}

function NavLink(props: { item: NavItem; pathname: string; className?: string }) {
  const t = useT();
  const { href, icon: Icon, label } = props.item;
  return (
    <li className={props.className ?? ''}>
      <Link
        href={href}
        aria-current={isAt(props.pathname, href) ? 'page' : undefined}
        className={NAV_LOOK}
      >
        <Icon className="size-5 md:size-4" aria-hidden="true" />
        {t(label)}
      </Link>
    </li>
  );
}
