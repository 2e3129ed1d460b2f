'use client';

import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useT } from '../i18n/provider';
import { DIALOG_SCRIM, type DialogSize, dialogBox } from './dialog-look';

export interface DialogBoxProps {
  readonly title: string;
  /** A sentence under the title; screen readers hear it when the dialog opens. */
  readonly lead?: string;
  readonly size?: DialogSize;
  /** Whether a click beside it closes it: not where something would be lost. Default: it does. */
  readonly closesBeside?: boolean;
  readonly children: ReactNode;
}

interface OpenState {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}

/** What opens; loaded by `Dialog` when it first does. */
export function DialogBox(props: DialogBoxProps & OpenState) {
  const { title, lead, size = 'md', closesBeside = true, children, ...state } = props;
  const t = useT();
  return (
    <Base.Root {...state} disablePointerDismissal={!closesBeside}>
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
