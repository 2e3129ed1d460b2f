'use client';

import { Toast as Base } from '@base-ui/react/toast';
import { CircleAlert, CircleCheck, X } from 'lucide-react';
import { useEffect } from 'react';
import { useT } from '../i18n/provider';

const manager = Base.createToastManager();

export interface ToastEntry {
  readonly type: 'good' | 'bad';
  readonly title: string;
  readonly priority?: 'high';
  readonly timeout?: number;
}

interface ToastRegionProps {
  /** Called once toasts can be shown, with what shows one. */
  readonly onReady: (show: (entry: ToastEntry) => void) => void;
}

/** Loaded by `Toasts` with the first one. */
export function ToastRegion({ onReady }: ToastRegionProps) {
  useEffect(() => onReady((entry) => void manager.add(entry)), [onReady]);
  return (
    <Base.Provider toastManager={manager} limit={3}>
      <Base.Portal>
        <Base.Viewport className="fixed inset-x-4 bottom-20 z-50 flex flex-col gap-2 sm:left-auto sm:w-88 md:right-6 md:bottom-6">
          <ToastList />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  );
}

function ToastList() {
  const t = useT();
  const { toasts } = Base.useToastManager();
  return toasts.map((one) => (
    <Base.Root
      key={one.id}
      toast={one}
      swipeDirection="right"
      className="rounded-md border border-line bg-surface shadow-raised transition duration-200 data-ending-style:opacity-0 data-limited:hidden data-starting-style:translate-y-2 data-starting-style:opacity-0"
    >
      <Base.Content className="flex items-start gap-2.5 p-3">
        {one.type === 'bad' ? (
          <CircleAlert className="mt-0.5 size-4 shrink-0 text-danger" aria-hidden="true" />
        ) : (
          <CircleCheck className="mt-0.5 size-4 shrink-0 text-accent" aria-hidden="true" />
        )}
        <Base.Title render={<p className="min-w-0 flex-1 break-words font-medium" />} />
        <Base.Close
          aria-label={t('common.close')}
          className="-m-1.5 inline-flex size-8 shrink-0 items-center justify-center rounded-md text-ink-2 transition-colors hover:bg-sunken hover:text-ink"
        >
          <X className="size-4" aria-hidden="true" />
        </Base.Close>
      </Base.Content>
    </Base.Root>
  ));
}
