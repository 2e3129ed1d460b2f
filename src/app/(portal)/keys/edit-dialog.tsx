'use client';

import { useT } from '@/components/i18n/provider';
import { trpc } from '@/components/trpc/client';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { toast } from '@/components/ui/toast';
import type { KeyView } from '@/server/services/portal/list-keys';
import { type KeyInput, valuesOf } from './form-values';
import { KeyForm } from './key-form';
import { useFaultText, useKeyChange } from './use-key-change';

interface EditDialogProps {
  readonly apiKey: KeyView;
  readonly models: readonly string[];
  readonly onClose: () => void;
}

/** Changes everything of a key but the key itself. */
export function EditDialog({ apiKey, models, onClose }: EditDialogProps) {
  const t = useT();
  const faultText = useFaultText();
  const update = useKeyChange(
    (input: KeyInput) => trpc.portal.keys.update.mutate({ ...input, keyId: apiKey.id }),
    ({ name }) => {
      toast.good(t('keys.saved', { name }));
      onClose();
    },
  );
  return (
    <Dialog
      open
      size="lg"
      onOpenChange={(open) => open || onClose()}
      closesBeside={false}
      title={t('keys.editTitle', { name: apiKey.name })}
    >
      <KeyForm
        initial={valuesOf(apiKey)}
        expiresAt={apiKey.expiresAt}
        models={models}
        submitLabel={update.isPending ? t('keys.saving') : t('keys.save')}
        isBusy={update.isPending}
        fault={update.isError ? faultText(update.error) : null}
        onSubmit={(input) => update.mutate(input)}
        cancel={<Button onClick={onClose}>{t('common.cancel')}</Button>}
      />
    </Dialog>
  );
}
