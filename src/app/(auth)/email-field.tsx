'use client';

import { useT } from '@/components/i18n/provider';
import { TextField } from '@/components/ui/field';

interface EmailFieldProps {
  readonly value: string;
  readonly onChange: (email: string) => void;
}

/** One's own address, by which a browser's password manager knows the account. */
export function EmailField({ value, onChange }: EmailFieldProps) {
  return (
    <TextField
      type="email"
      label={useT()('signIn.email')}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      autoComplete="username"
      required
      maxLength={254}
    />
  );
}
