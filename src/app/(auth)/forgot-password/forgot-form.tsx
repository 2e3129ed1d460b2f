'use client';

import { useState } from 'react';
import { useT } from '@/components/i18n/provider';
import { trpc } from '@/components/trpc/client';
import { Alert } from '@/components/ui/notice';
import { DoneNote } from '../done-note';
import { EmailField } from '../email-field';
import { SubmitButton } from '../submit-button';
import { useAsked } from '../use-asked';

export function ForgotForm() {
  const t = useT();
  const [email, setEmail] = useState('');
  const { answer, fault, isBusy, action } = useAsked(async () => {
    await trpc.account.requestReset.mutate({ email });
    return { email };
  });
  if (answer !== null) {
    return (
      <DoneNote>
        <p>{t('forgot.sent', answer)}</p>
      </DoneNote>
    );
  }
  return (
    <form action={action} className="mt-8 space-y-5">
      {fault === null || isBusy ? null : <Alert tone="bad">{fault}</Alert>}
      <EmailField value={email} onChange={setEmail} />
      <SubmitButton isBusy={isBusy}>{t('forgot.submit')}</SubmitButton>
    </form>
  );
}
