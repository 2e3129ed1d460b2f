'use client';

import { useT } from '@/components/i18n/provider';
import { trpc } from '@/components/trpc/client';
import { DeadLink } from '../../dead-link';
import { DoneNote } from '../../done-note';
import { fieldOf } from '../../form';
import { NewPasswordField } from '../../new-password-field';
import { SignInForm } from '../../sign-in/sign-in-form';
import { SubmitButton } from '../../submit-button';
import { useAsked } from '../../use-asked';

export function ResetForm({ token }: { token: string }) {
  const t = useT();
  const asked = useAsked((form) =>
    trpc.account.resetPassword.mutate({ token, password: fieldOf(form, 'password') }),
  );
  if (asked.answer !== null) {
    const { email } = asked.answer;
    return (
      <>
        <DoneNote>
          <p>{t('reset.done', { email })}</p>
        </DoneNote>
        <SignInForm next="/" email={email} />
      </>
    );
  }
  return (
    <form action={asked.action} className="mt-8 space-y-5">
      <DeadLink
        fault={asked.fault}
        code={asked.code}
        isBusy={asked.isBusy}
        again="/forgot-password"
      />
      <NewPasswordField label={t('account.next')} />
      <SubmitButton isBusy={asked.isBusy}>{t('reset.submit')}</SubmitButton>
    </form>
  );
}
