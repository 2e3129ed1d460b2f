'use client';

import { cloneElement, type KeyboardEvent, useState } from 'react';
import type {
  MenuCheckProps,
  MenuChoicesProps,
  MenuItemProps,
  MenuLinkProps,
  MenuProps,
} from './menu-parts';
import { onDemand, useOnDemand } from './on-demand';

const menus = onDemand(() => import('./menu-parts'));

/** A list of actions under a button: arrow keys move, letters jump, Escape closes. */
export function Menu(props: MenuProps) {
  const [isWanted, setWanted] = useState(false);
  const parts = useOnDemand(menus, isWanted);
  if (isWanted && parts !== null) return <parts.OpenMenu {...props} />;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') setWanted(true);
  };
  return cloneElement(props.trigger, {
    'aria-haspopup': 'menu',
    'aria-expanded': false,
    onPointerEnter: () => void menus.load(),
    onClick: () => setWanted(true),
    onKeyDown,
  });
}

/** What stands in a menu is drawn only in an open one, so its code is there. */
export function MenuItem(props: MenuItemProps) {
  const parts = menus.now();
  return parts === null ? null : <parts.MenuItem {...props} />;
}

export function MenuLink(props: MenuLinkProps) {
  const parts = menus.now();
  return parts === null ? null : <parts.MenuLink {...props} />;
}

export function MenuSeparator() {
  const parts = menus.now();
  return parts === null ? null : <parts.MenuSeparator />;
}

/** One choice of several, the chosen one with a tick. */
export function MenuChoices(props: MenuChoicesProps) {
  const parts = menus.now();
  return parts === null ? null : <parts.MenuChoices {...props} />;
}

/** A choice of its own, with a tick; the menu stays open for the next one. */
export function MenuCheck(props: MenuCheckProps) {
  const parts = menus.now();
  return parts === null ? null : <parts.MenuCheck {...props} />;
}
