'use client';

import { useT } from '@/components/i18n/provider';
import { trpc } from '@/components/trpc/client';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { toast } from '@/components/ui/toast';
import type { KeyView } from '@/server/services/portal/list-keys';
import { useFaultText, useKeyChange } from './use-key-change';

interface EndProps {
  readonly apiKey: KeyView;
  readonly onClose: () => void;
}

/** Ends a key for good; one that was used today by its name, typed. */
export function RevokeDialog({ apiKey, onClose }: EndProps) {
  const t = useT();
  const faultText = useFaultText();
  const { id: keyId, name, usedToday } = apiKey;
  const revoke = useKeyChange(
    () => trpc.portal.keys.revoke.mutate({ keyId }),
    () => {
      toast.good(t('keys.revoked', { name }));
      onClose();
    },
  );
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => open || onClose()}
      title={t('keys.revokeTitle', { name })}
      confirmLabel={t('keys.revoke')}
      {...(usedToday ? { typedName: name } : {})}
      fault={revoke.isError ? faultText(revoke.error) : null}
      isBusy={revoke.isPending}
      onConfirm={() => revoke.mutate(undefined)}
    >
      {usedToday ? <p className="font-medium text-ink">{t('keys.revokeUsed')}</p> : null}
      <p>{t('keys.revokeText')}</p>
    </ConfirmDialog>
  );
}

/** Ends what a key was before its rotation. */
export function EndOverlapDialog({ apiKey, onClose }: EndProps) {
  const t = useT();
  const faultText = useFaultText();
  const { id: keyId, name, previous } = apiKey;
  const end = useKeyChange(
    () => trpc.portal.keys.endOverlap.mutate({ keyId }),
    () => {
      toast.good(t('keys.overlapEnded', { name }));
      onClose();
    },
  );
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => open || onClose()}
      title={t('keys.endOverlapTitle', { prefix: previous?.prefix ?? '' })}
      confirmLabel={t('keys.endOverlap')}
      fault={end.isError ? faultText(end.error) : null}
      isBusy={end.isPending}
      onConfirm={() => end.mutate(undefined)}
    >
      <p>{t('keys.endOverlapText', { name })}</p>
    </ConfirmDialog>
  );
}
