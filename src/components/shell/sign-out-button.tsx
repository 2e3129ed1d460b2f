'use client';

import { LogOut } from 'lucide-react';
import { useT } from '../i18n/provider';
import { signOut } from '../session/next-auth';
import { IconButton } from '../ui/button';

export function SignOutButton() {
  const t = useT();
  // A full load drops everything this tab had cached for the account.
  const leave = async () => {
    await signOut();
    window.location.assign('/sign-in');
  };
  return (
    <IconButton label={t('account.signOut')} onClick={leave}>
      <LogOut className="size-4" aria-hidden="true" />
    </IconButton>
  );
}
