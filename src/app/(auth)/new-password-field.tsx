'use client';

import { useT } from '@/components/i18n/provider';
import { TextField } from '@/components/ui/field';

const PASSWORD_LENGTH_MIN = 12;

/** A password to be set, in the form field `password`. */
export function NewPasswordField({ label }: { label: string }) {
  const t = useT();
  return (
    <TextField
      name="password"
      type="password"
      label={label}
      hint={t('account.passwordHint')}
      autoComplete="new-password"
      required
      minLength={PASSWORD_LENGTH_MIN}
      maxLength={256}
    />
  );
}
