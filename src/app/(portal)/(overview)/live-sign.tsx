'use client';

import { useT } from '@/components/i18n/provider';

/** Whether the figures on this page are moving with the ledger. */
export function LiveSign({ isLost }: { isLost: boolean }) {
  const t = useT();
  return (
    <p role="status" className="inline-flex items-center gap-2 text-ink-2 text-sm">
      <span className="relative inline-flex size-2" aria-hidden="true">
        {isLost ? null : (
          <span className="absolute inset-0 animate-ping rounded-full bg-accent opacity-40" />
        )}
        <span className={`relative size-2 rounded-full ${isLost ? 'bg-warn' : 'bg-accent'}`} />
      </span>
      {isLost ? t('overview.stale') : t('overview.live')}
    </p>
  );
}
