'use client';

import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useT } from '../i18n/provider';
import { DIALOG_SCRIM } from './dialog-look';

export interface DrawerProps {
  readonly title: ReactNode;
  /** A line under the title; screen readers hear it when the drawer opens. */
  readonly lead?: ReactNode;
  readonly open: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** What opens; loaded by `Drawer` when it first does. */
export function DrawerBox({ title, lead, open, onClose, children }: DrawerProps) {
  const t = useT();
  return (
    <Base.Root open={open} onOpenChange={(next) => (next ? undefined : onClose())}>
      <Base.Portal>
        <Base.Backdrop className={DIALOG_SCRIM} />
        <Base.Popup className="fixed inset-y-0 right-0 z-50 flex w-full flex-col border-line bg-surface shadow-raised outline-none transition duration-200 ease-out data-ending-style:translate-x-6 data-starting-style:translate-x-6 data-ending-style:opacity-0 data-starting-style:opacity-0 sm:max-w-120 sm:border-l">
          <header className="flex items-start justify-between gap-4 border-line border-b px-5 py-4">
            <div className="min-w-0">
              <Base.Title className="font-semibold text-lg">{title}</Base.Title>
              {lead === undefined ? null : (
                <Base.Description render={<div className="mt-0.5 text-ink-2" />}>
                  {lead}
                </Base.Description>
              )}
            </div>
            <Base.Close
              aria-label={t('common.close')}
              className="-mt-1 -mr-2 inline-flex size-9 shrink-0 items-center justify-center rounded-md text-ink-2 transition-colors hover:bg-sunken hover:text-ink"
            >
              <X className="size-4" aria-hidden="true" />
            </Base.Close>
          </header>
          <div className="safe-bottom min-h-0 flex-1 overflow-y-auto overscroll-contain">
            {children}
          </div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
