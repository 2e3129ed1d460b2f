'use client';

import { useActionState } from 'react';
import { useT } from '@/components/i18n/provider';
import { TextField } from '@/components/ui/field';
import { Alert } from '@/components/ui/notice';
import { fieldOf } from '../form';
import { SubmitButton } from '../submit-button';
import { type SignInFault, trySignIn } from '../try-sign-in';

interface FormState {
  readonly email: string;
  readonly fault: SignInFault | null;
  readonly done: boolean;
}

/** A form action, not a submit handler: React keeps a submit that comes before hydration. */
export function SignInForm({ next, email: known = '' }: { next: string; email?: string }) {
  const t = useT();
  const submit = async (_before: FormState, form: FormData): Promise<FormState> => {
    const email = fieldOf(form, 'email');
    const fault = await trySignIn(email, fieldOf(form, 'password'));
    // A full load, so that nothing of an earlier account stays in this tab.
    if (fault === null) window.location.assign(next);
    return { email, fault, done: fault === null };
  };
  const [state, action, isPending] = useActionState(submit, {
    email: known,
    fault: null,
    done: false,
  });
  const isBusy = isPending || state.done;
  return (
    <form action={action} className="mt-8 space-y-5">
      {state.fault === null || isBusy ? null : (
        <Alert tone="bad">{t(`signIn.${state.fault}`)}</Alert>
      )}
      <TextField
        id="email"
        name="email"
        type="email"
        label={t('signIn.email')}
        autoComplete="username"
        required
        maxLength={254}
        defaultValue={state.email}
      />
      <TextField
        id="password"
        name="password"
        type="password"
        label={t('signIn.password')}
        autoComplete="current-password"
        required
        maxLength={256}
      />
      <SubmitButton isBusy={isBusy} busyText={t('signIn.pending')}>
        {t('signIn.submit')}
      </SubmitButton>
    </form>
  );
}
