'use client';

import { LoaderCircle } from 'lucide-react';
import { signIn } from 'next-auth/react';
import { useActionState } from 'react';
import { useT } from '@/components/i18n/provider';
import { Button } from '@/components/ui/button';
import { Alert } from '@/components/ui/notice';

type Fault = 'refused' | 'tooMany' | 'unreachable';
interface FormState {
  readonly email: string;
  readonly fault: Fault | null;
  readonly done: boolean;
}

const INPUT =
  'h-10 w-full rounded-md border border-line-strong bg-surface px-3 text-lg shadow-card transition-colors placeholder:text-ink-3 hover:border-ink-3 focus-visible:border-accent focus-visible:outline-offset-0 sm:text-base';

async function attempt(email: string, password: string): Promise<Fault | null> {
  try {
    const reply = await signIn('credentials', { email, password, redirect: false });
    if (reply?.ok) return null;
    return reply?.error === 'TooManyAttempts' ? 'tooMany' : 'refused';
  } catch {
    return 'unreachable';
  }
}

const field = (form: FormData, name: string): string => {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
};

/** A form action, not a submit handler: React keeps a submit that comes before hydration. */
export function SignInForm({ next }: { next: string }) {
  const t = useT();
  const submit = async (_before: FormState, form: FormData): Promise<FormState> => {
    const email = field(form, 'email');
    const fault = await attempt(email, field(form, 'password'));
    // A full load, so that nothing of an earlier account stays in this tab.
    if (fault === null) window.location.assign(next);
    return { email, fault, done: fault === null };
  };
  const [state, action, isPending] = useActionState(submit, {
    email: '',
    fault: null,
    done: false,
  });
  const isBusy = isPending || state.done;
  return (
    <form action={action} className="mt-8 space-y-5">
      {state.fault === null || isBusy ? null : (
        <Alert tone="bad">{t(`signIn.${state.fault}`)}</Alert>
      )}
      <div className="space-y-1.5">
        <label htmlFor="email" className="block font-medium">
          {t('signIn.email')}
        </label>
        <input
          id="email"
          name="email"
          type="email"
          autoComplete="username"
          required
          maxLength={254}
          defaultValue={state.email}
          className={INPUT}
        />
      </div>
      <div className="space-y-1.5">
        <label htmlFor="password" className="block font-medium">
          {t('signIn.password')}
        </label>
        <input
          id="password"
          name="password"
          type="password"
          autoComplete="current-password"
          required
          maxLength={256}
          className={INPUT}
        />
      </div>
      <Button type="submit" look="primary" disabled={isBusy} className="h-10 w-full">
        {isBusy ? <LoaderCircle className="size-4 animate-spin" aria-hidden="true" /> : null}
        {isBusy ? t('signIn.pending') : t('signIn.submit')}
      </Button>
    </form>
  );
}
