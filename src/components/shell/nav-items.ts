import {
  ChartColumn,
  Gauge,
  History,
  KeyRound,
  Layers,
  LayoutDashboard,
  type LucideIcon,
  ReceiptText,
  Users,
} from 'lucide-react';
import type { MessageKey } from '@/messages/translate';
import { type Action, may } from '@/server/domain/permissions';
import type { Role } from '@/server/domain/ports/sign-in';

export interface NavItem {
  readonly href: string;
  readonly icon: LucideIcon;
  readonly label: MessageKey & `nav.${string}`;
  /** Not shown to a role that may not. */
  readonly needs?: Action;
}

/** Four have room in a phone's bar; the rest is there behind “More”. */
export const BAR_ITEMS: readonly NavItem[] = [
  { href: '/', icon: LayoutDashboard, label: 'nav.overview' },
  { href: '/keys', icon: KeyRound, label: 'nav.keys' },
  { href: '/transactions', icon: ReceiptText, label: 'nav.transactions' },
  { href: '/usage', icon: ChartColumn, label: 'nav.usage' },
];

const MORE_ITEMS: readonly NavItem[] = [
  { href: '/limits', icon: Gauge, label: 'nav.limits' },
  { href: '/models', icon: Layers, label: 'nav.models' },
  { href: '/members', icon: Users, label: 'nav.members' },
  { href: '/activity', icon: History, label: 'nav.activity', needs: 'activity.read' },
];

/** What else there is for a role. */
export const moreItems = (role: Role): readonly NavItem[] =>
  MORE_ITEMS.filter(({ needs }) => needs === undefined || may(role, needs));

/** Whether a page is this item's, or lies below it. */
export const isAt = (pathname: string, href: string): boolean =>
  href === '/' ? pathname === '/' : pathname === href || pathname.startsWith(`${href}/`);

/** How a place in the bar, or a line of the column, looks. */
export const NAV_LOOK =
  'flex h-14 w-full flex-col items-center justify-center gap-1 font-medium text-ink-2 text-xs transition-colors hover:text-ink focus-visible:-outline-offset-2 aria-[current=page]:text-accent-strong md:h-9 md:flex-row md:justify-start md:gap-2.5 md:rounded-md md:px-2.5 md:text-base md:hover:bg-sunken md:aria-[current=page]:bg-sunken md:aria-[current=page]:text-ink';
