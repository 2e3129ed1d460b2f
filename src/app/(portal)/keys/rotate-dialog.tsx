'use client';

import { useState } from 'react';
import { useT } from '@/components/i18n/provider';
import { trpc } from '@/components/trpc/client';
import { Button } from '@/components/ui/button';
import { Dialog, DialogActions } from '@/components/ui/dialog';
import { SelectField } from '@/components/ui/field';
import { formatInstant } from '@/components/ui/format';
import { Alert } from '@/components/ui/notice';
import type { KeyView } from '@/server/services/portal/list-keys';
import { firstAllowed } from './create-dialog';
import { KeyShown } from './key-shown';
import { useFaultText, useKeyChange } from './use-key-change';

const OVERLAPS = ['0', '1', '24', '72', '168'] as const;

interface RotateDialogProps {
  readonly apiKey: KeyView;
  readonly baseUrl: string;
  readonly models: readonly string[];
  readonly onClose: () => void;
}

/** Gives a key a new secret, shown this once, and chooses how long the old one still works. */
export function RotateDialog({ apiKey, baseUrl, models, onClose }: RotateDialogProps) {
  const t = useT();
  const [made, setMade] = useState<{ key: string; previousUntil: string | null } | null>(null);
  const rotate = useKeyChange(
    (overlapHours: number) => trpc.portal.keys.rotate.mutate({ keyId: apiKey.id, overlapHours }),
    setMade,
  );
  const { name } = apiKey;
  const ends =
    made === null || made.previousUntil === null
      ? t('keys.rotatedEnded')
      : t('keys.rotatedUntil', { time: formatInstant(made.previousUntil) });
  return (
    <Dialog
      open
      size={made === null ? 'md' : 'lg'}
      onOpenChange={(open) => open || onClose()}
      closesBeside={false}
      title={made === null ? t('keys.rotateTitle', { name }) : t('keys.rotated', { name })}
      lead={made === null ? t('keys.rotateLead') : `${t('keys.shownOnce')} ${ends}`}
    >
      {made === null ? (
        <OverlapForm
          previousPrefix={apiKey.previous?.prefix ?? null}
          isBusy={rotate.isPending}
          error={rotate.error}
          onSubmit={(hours) => rotate.mutate(hours)}
          onCancel={onClose}
        />
      ) : (
        <KeyShown
          target={{ baseUrl, apiKey: made.key, model: firstAllowed(models, apiKey.allowedModels) }}
          onDone={onClose}
        />
      )}
    </Dialog>
  );
}

function OverlapForm(props: {
  previousPrefix: string | null;
  isBusy: boolean;
  error: Error | null;
  onSubmit: (overlapHours: number) => void;
  onCancel: () => void;
}) {
  const t = useT();
  const faultText = useFaultText();
  const [hours, setHours] = useState<(typeof OVERLAPS)[number]>('24');
  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (!props.isBusy) props.onSubmit(Number(hours));
      }}
    >
      <SelectField
        label={t('keys.overlap')}
        value={hours}
        onChange={setHours}
        choices={OVERLAPS.map((value) => ({ value, label: t(`keys.overlap.${value}`) }))}
      />
      {props.previousPrefix === null ? null : (
        <Alert tone="waiting">{t('keys.overlapEnds', { prefix: props.previousPrefix })}</Alert>
      )}
      {props.error === null ? null : <Alert tone="bad">{faultText(props.error)}</Alert>}
      <DialogActions>
        <Button onClick={props.onCancel}>{t('common.cancel')}</Button>
        <Button type="submit" look="primary" disabled={props.isBusy}>
          {t('keys.rotate')}
        </Button>
      </DialogActions>
    </form>
  );
}
