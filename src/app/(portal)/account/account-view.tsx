'use client';

import { useT } from '@/components/i18n/provider';
import { PageHeader } from '@/components/ui/page-header';
import type { SessionView } from '@/server/services/accounts/sessions';
import { PasswordCard } from './password-card';
import { SessionCard } from './session-card';

export function AccountView(props: { initial: readonly SessionView[]; email: string }) {
  const t = useT();
  return (
    <>
      <PageHeader title={t('account.title')} lead={t('account.lead', { email: props.email })} />
      <div className="space-y-5">
        <SessionCard initial={props.initial} />
        <PasswordCard email={props.email} />
      </div>
    </>
  );
}
