'use client';

import { useState } from 'react';
import { useT } from '@/components/i18n/provider';
import { trpc } from '@/components/trpc/client';
import { TextField } from '@/components/ui/field';
import { Alert } from '@/components/ui/notice';
import { DoneNote } from '../done-note';
import { EmailField } from '../email-field';
import { fieldOf } from '../form';
import { NewPasswordField } from '../new-password-field';
import { SubmitButton } from '../submit-button';
import { useAsked } from '../use-asked';

export function SignUpForm({ isMailed }: { isMailed: boolean }) {
  const t = useT();
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const { answer, fault, isBusy, action } = useAsked(async (form) => {
    await trpc.account.signUp.mutate({ name, email, password: fieldOf(form, 'password') });
    return { email };
  });
  if (answer !== null) {
    return (
      <DoneNote>
        <p className="font-medium">{t('signUp.sentTitle')}</p>
        <p>{t(isMailed ? 'signUp.sent' : 'signUp.askOperator', answer)}</p>
      </DoneNote>
    );
  }
  return (
    <form action={action} className="mt-8 space-y-5">
      {fault === null || isBusy ? null : <Alert tone="bad">{fault}</Alert>}
      <TextField
        label={t('signUp.name')}
        value={name}
        onChange={(event) => setName(event.target.value)}
        autoComplete="organization"
        required
        maxLength={200}
      />
      <EmailField value={email} onChange={setEmail} />
      <NewPasswordField label={t('signIn.password')} />
      <SubmitButton isBusy={isBusy}>{t('signUp.submit')}</SubmitButton>
    </form>
  );
}
