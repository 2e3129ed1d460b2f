'use client';

import { useT } from '@/components/i18n/provider';
import { trpc } from '@/components/trpc/client';
import { DeadLink } from '../../dead-link';
import { DoneNote } from '../../done-note';
import { SignInForm } from '../../sign-in/sign-in-form';
import { SubmitButton } from '../../submit-button';
import { useAsked } from '../../use-asked';

export function ConfirmForm({ token }: { token: string }) {
  const t = useT();
  const asked = useAsked(() => trpc.account.confirmEmail.mutate({ token }));
  if (asked.answer !== null) {
    const { email } = asked.answer;
    return (
      <>
        <DoneNote>
          <p>{t('confirm.done', { email })}</p>
        </DoneNote>
        <SignInForm next="/" email={email} />
      </>
    );
  }
  return (
    <form action={asked.action} className="mt-8 space-y-5">
      <DeadLink fault={asked.fault} code={asked.code} isBusy={asked.isBusy} again="/sign-up" />
      <SubmitButton isBusy={asked.isBusy}>{t('confirm.submit')}</SubmitButton>
    </form>
  );
}
