'use client';

import type { DrawerProps } from './drawer-box';
import { onDemand, useOnDemand } from './on-demand';

const boxes = onDemand(() => import('./drawer-box'));

/**
 * Details beside the page that they belong to; on a phone over it. Focus goes in, stays in, and returns
 * to where it was; Escape and a click beside it close it.
 */
export function Drawer(props: DrawerProps) {
  const parts = useOnDemand(boxes, props.open);
  return parts === null ? null : <parts.DrawerBox {...props} />;
}
