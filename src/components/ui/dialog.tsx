'use client';

import {
  type ComponentProps,
  cloneElement,
  type ReactElement,
  type ReactNode,
  useState,
} from 'react';
import type { DialogBoxProps } from './dialog-box';
import { onDemand, useOnDemand } from './on-demand';

const boxes = onDemand(() => import('./dialog-box'));

export interface DialogProps extends DialogBoxProps {
  /** The button that opens it; leave it out where `open` does. */
  readonly trigger?: ReactElement<ComponentProps<'button'>>;
  readonly open?: boolean;
  readonly onOpenChange?: (open: boolean) => void;
}

/** Focus goes in, stays in, and returns to where it was; Escape and a click beside it close it. */
export function Dialog({ trigger, open, onOpenChange, ...box }: DialogProps) {
  const [isOpenByItself, setOpenByItself] = useState(false);
  const isOpen = open ?? isOpenByItself;
  const parts = useOnDemand(boxes, isOpen);
  const change = (next: boolean) => {
    setOpenByItself(next);
    onOpenChange?.(next);
  };
  const button = trigger && {
    'aria-haspopup': 'dialog' as const,
    'aria-expanded': isOpen,
    onPointerEnter: () => void boxes.load(),
    onClick: () => change(true),
  };
  return (
    <>
      {trigger === undefined ? null : cloneElement(trigger, button)}
      {parts === null ? null : <parts.DialogBox {...box} open={isOpen} onOpenChange={change} />}
    </>
  );
}

/** The buttons at the end of a dialog: the one that acts stands last, on a phone first. */
export function DialogActions({ children }: { children: ReactNode }) {
  return (
    <div className="mt-6 flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">{children}</div>
  );
}
