'use client';

import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';
import { useT } from '../i18n/provider';

export const DIALOG_SCRIM =
  'fixed inset-0 z-40 bg-scrim transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0';

const SIZES = { md: 'sm:max-w-md', lg: 'sm:max-w-2xl' } as const;

/** A sheet from below on a phone, a box in the middle elsewhere. */
export const dialogBox = (size: keyof typeof SIZES): string =>
  `safe-bottom fixed inset-x-0 bottom-0 z-50 flex max-h-[90dvh] flex-col rounded-t-lg border border-line bg-surface shadow-raised outline-none transition duration-150 data-ending-style:translate-y-2 data-ending-style:opacity-0 data-starting-style:translate-y-2 data-starting-style:opacity-0 sm:inset-x-4 sm:top-[8dvh] sm:bottom-auto sm:mx-auto sm:max-h-[84dvh] sm:rounded-lg ${SIZES[size]}`;

export interface DialogProps {
  readonly title: string;
  /** A sentence under the title; screen readers hear it when the dialog opens. */
  readonly lead?: string;
  readonly size?: keyof typeof SIZES;
  /** The button that opens it; leave it out where `open` does. */
  readonly trigger?: ReactElement;
  readonly open?: boolean;
  readonly onOpenChange?: (open: boolean) => void;
  /** Whether a click beside it closes it: not where something would be lost. Default: it does. */
  readonly closesBeside?: boolean;
  readonly children: ReactNode;
}

/** Focus goes in, stays in, and returns to where it was; Escape and a click beside it close it. */
export function Dialog(props: DialogProps) {
  const { trigger, title, lead, size = 'md', closesBeside = true, children, ...state } = props;
  const t = useT();
  return (
    <Base.Root {...state} disablePointerDismissal={!closesBeside}>
      {trigger === undefined ? null : <Base.Trigger render={trigger} />}
      <Base.Portal>
        <Base.Backdrop className={DIALOG_SCRIM} />
        <Base.Popup className={dialogBox(size)}>
          <header className="flex items-start justify-between gap-4 px-5 pt-5">
            <div className="min-w-0">
              <Base.Title className="font-semibold text-lg">{title}</Base.Title>
              {lead === undefined ? null : (
                <Base.Description className="mt-1 text-ink-2">{lead}</Base.Description>
              )}
            </div>
            <Base.Close
              aria-label={t('common.close')}
              className="-mt-1.5 -mr-2 inline-flex size-9 shrink-0 items-center justify-center rounded-md text-ink-2 transition-colors hover:bg-sunken hover:text-ink"
            >
              <X className="size-4" aria-hidden="true" />
            </Base.Close>
          </header>
          <div className="min-h-0 overflow-y-auto px-5 pt-4 pb-5">{children}</div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/** The buttons at the end of a dialog: the one that acts stands last, on a phone first. */
export function DialogActions({ children }: { children: ReactNode }) {
  return (
    <div className="mt-6 flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">{children}</div>
  );
}
