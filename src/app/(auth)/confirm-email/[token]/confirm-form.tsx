'use client';

import Link from 'next/link';
import { useT } from '@/components/i18n/provider';
import { trpc } from '@/components/trpc/client';
import { TextField } from '@/components/ui/field';
import { DeadLink } from '../../dead-link';
import { DoneNote } from '../../done-note';
import { fieldOf } from '../../form';
import { SignInForm } from '../../sign-in/sign-in-form';
import { SubmitButton } from '../../submit-button';
import { trySignIn } from '../../try-sign-in';
import { useAsked } from '../../use-asked';

/** Confirms the address with the password that was chosen, and signs in with it. */
export function ConfirmForm({ token }: { token: string }) {
  const t = useT();
  const asked = useAsked(async (form) => {
    const password = fieldOf(form, 'password');
    const { email } = await trpc.account.confirmEmail.mutate({ token, password });
    const isIn = (await trySignIn(email, password)) === null;
    if (isIn) window.location.assign('/');
    return { email, isIn };
  });
  if (asked.answer !== null) {
    const { email, isIn } = asked.answer;
    return (
      <>
        <DoneNote>
          <p>{t('confirm.done', { email })}</p>
        </DoneNote>
        {isIn ? null : <SignInForm next="/" email={email} />}
      </>
    );
  }
  const isWrong = asked.code === 'invalid_field' && !asked.isBusy;
  return (
    <form action={asked.action} className="mt-8 space-y-5">
      {isWrong ? null : (
        <DeadLink fault={asked.fault} code={asked.code} isBusy={asked.isBusy} again="/sign-up" />
      )}
      <TextField
        name="password"
        type="password"
        label={t('signIn.password')}
        autoComplete="current-password"
        required
        maxLength={256}
        fault={isWrong ? t('confirm.wrongPassword') : null}
      />
      <SubmitButton isBusy={asked.isBusy}>{t('confirm.submit')}</SubmitButton>
      {isWrong ? (
        <p className="text-sm">
          <Link href="/forgot-password" className="rounded-sm underline">
            {}
          </Link>
        </p>
      ) : null}
    </form>
  );
}
