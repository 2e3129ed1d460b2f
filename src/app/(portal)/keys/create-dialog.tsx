'use client';

import { useState } from 'react';
import { useT } from '@/components/i18n/provider';
import { trpc } from '@/components/trpc/client';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { type KeyInput, NEW_KEY } from './form-values';
import { KeyForm } from './key-form';
import { KeyShown } from './key-shown';
import type { Target } from './snippets';
import { useFaultText, useKeyChange } from './use-key-change';

interface CreateDialogProps {
  readonly baseUrl: string;
  readonly models: readonly string[];
  readonly onClose: () => void;
}

/** Makes a key and shows it, this once. */
export function CreateDialog({ baseUrl, models, onClose }: CreateDialogProps) {
  const t = useT();
  const faultText = useFaultText();
  const [made, setMade] = useState<{ name: string; target: Target } | null>(null);
  const create = useKeyChange(
    (input: KeyInput) => trpc.portal.keys.create.mutate(input),
    ({ name, key, allowedModels }) => {
      const model = firstAllowed(models, allowedModels);
      setMade({ name, target: { baseUrl, apiKey: key, model } });
    },
  );
  return (
    <Dialog
      open
      size="lg"
      onOpenChange={(open) => open || onClose()}
      closesBeside={false}
      title={made === null ? t('keys.new') : t('keys.made', { name: made.name })}
      lead={made === null ? t('keys.createLead') : t('keys.shownOnce')}
    >
      {made === null ? (
        <KeyForm
          initial={NEW_KEY}
          expiresAt={null}
          models={models}
          submitLabel={create.isPending ? t('keys.creating') : t('keys.create')}
          isBusy={create.isPending}
          fault={create.isError ? faultText(create.error) : null}
          onSubmit={(input) => create.mutate(input)}
          cancel={<Button onClick={onClose}>{t('common.cancel')}</Button>}
        />
      ) : (
        <KeyShown target={made.target} onDone={onClose} />
      )}
    </Dialog>
  );
}

/** A model that the key may use: by the catalogue's order, else the first that it names. */
export const firstAllowed = (
  models: readonly string[],
  allowed: readonly string[] | null,
): string =>
  models.find((model) => allowed === null || allowed.includes(model)) ??
  allowed?.[0] ??
  'gpt-4o-mini';
