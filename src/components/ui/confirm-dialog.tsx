'use client';

import type { ConfirmDialogProps } from './confirm-box';
import { onDemand, useOnDemand } from './on-demand';

const boxes = onDemand(() => import('./confirm-box'));

/** Asks before something that cannot be taken back. A click beside it does not close it. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const parts = useOnDemand(boxes, props.open);
  return parts === null ? null : <parts.ConfirmBox {...props} />;
}
