'use client';

import { AlertDialog } from '@base-ui/react/alert-dialog';
import { type ReactNode, useState } from 'react';
import { useT } from '../i18n/provider';
import { Button } from './button';
import { DialogActions } from './dialog';
import { DIALOG_SCRIM, dialogBox } from './dialog-look';
import { TextField } from './field';
import { Alert } from './notice';

export interface ConfirmDialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly title: string;
  /** What will happen, said in full. */
  readonly children: ReactNode;
  readonly confirmLabel: string;
  /** Where it hurts most: the name that must be typed first. */
  readonly typedName?: string;
  /** What went wrong at the last try. */
  readonly fault?: string | null;
  readonly isBusy?: boolean;
  readonly onConfirm: () => void;
}

/** What opens; loaded by `ConfirmDialog` when it first does. */
export function ConfirmBox(props: ConfirmDialogProps) {
  return (
    <AlertDialog.Root open={props.open} onOpenChange={props.onOpenChange}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={DIALOG_SCRIM} />
        <AlertDialog.Popup className={dialogBox('md')}>
          <ConfirmForm {...props} />
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

/** Mounted with the popup, so that what was typed is forgotten when it closes. */
function ConfirmForm({ title, children, typedName, isBusy = false, ...props }: ConfirmDialogProps) {
  const t = useT();
  const [typed, setTyped] = useState('');
  const isMeant = typedName === undefined || typed.trim() === typedName;
  return (
    <form
      className="min-h-0 overflow-y-auto p-5"
      onSubmit={(event) => {
        event.preventDefault();
        if (isMeant && !isBusy) props.onConfirm();
      }}
    >
      <AlertDialog.Title className="font-semibold text-lg">{title}</AlertDialog.Title>
      <AlertDialog.Description
        render={<div className="mt-2 space-y-2 text-ink-2">{children}</div>}
      />
      {typedName === undefined ? null : (
        <TextField
          className="mt-4"
          label={t('common.typeName', { name: typedName })}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          autoComplete="off"
          spellCheck={false}
        />
      )}
      {props.fault ? (
        <div className="mt-4">
          <Alert tone="bad">{props.fault}</Alert>
        </div>
      ) : null}
      <DialogActions>
        <AlertDialog.Close render={<Button>{t('common.cancel')}</Button>} />
        <Button type="submit" look="danger" disabled={!isMeant || isBusy}>
          {props.confirmLabel}
        </Button>
      </DialogActions>
    </form>
  );
}
