'use client';

import { useState } from 'react';
import { useT } from '@/components/i18n/provider';
import { signInByPassword } from '@/components/session/next-auth';
import { SignOutButton } from '@/components/shell/sign-out-button';
import { rememberPreference } from '@/components/shell/theme';
import { trpc } from '@/components/trpc/client';
import { TextField } from '@/components/ui/field';
import { Alert } from '@/components/ui/notice';
import { TENANT_COOKIE } from '@/server/api/tenant-cookie';
import type { IdentityProvider } from '@/server/domain/ports/accounts';
import type { OpenInvitation } from '@/server/services/invitations/view';
import { fieldOf } from '../../form';
import { NewPasswordField } from '../../new-password-field';
import { ProviderButtons } from '../../sign-in/provider-buttons';
import { SignInForm } from '../../sign-in/sign-in-form';
import { SubmitButton } from '../../submit-button';
import { useAsked } from '../../use-asked';

interface AcceptFormProps {
  readonly token: string;
  readonly email: string;
  readonly next: OpenInvitation['next'];
  /** By which the account of the invitation may be signed in to, or made. */
  readonly providers: readonly IdentityProvider[];
}

/** Shows the portal of the organisation that was joined, from a full load. */
function goTo(tenantId: string): void {
  rememberPreference(TENANT_COOKIE, tenantId);
  window.location.assign('/');
}

export function AcceptForm({ token, email, next, providers }: AcceptFormProps) {
  const t = useT();
  const path = `/invitation/${token}`;
  const others = <ProviderButtons providers={providers} next={path} />;
  switch (next) {
    case 'accept':
      return <AcceptOnly token={token} />;
    case 'sign_up':
      return (
        <>
          <AcceptWithAccount token={token} email={email} />
          {others}
        </>
      );
    case 'sign_in':
      return (
        <>
          <SignInForm next={path} email={email} />
          {others}
        </>
      );
    case 'no_account':
      return <p className="mt-6 text-ink-2 text-lg">{t('invitation.noAccount', { email })}</p>;
    case 'other_account':
      return (
        <div className="mt-6 flex items-start gap-3">
          <p className="min-w-0 flex-1 text-ink-2">{t('invitation.other', { email })}</p>
          <SignOutButton />
        </div>
      );
  }
}

function AcceptOnly({ token }: { token: string }) {
  const t = useT();
  const { answer, fault, isBusy, action } = useAsked(async () => {
    const { tenantId } = await trpc.account.acceptInvitation.mutate({ token });
    goTo(tenantId);
    return tenantId;
  });
  return (
    <form action={action} className="mt-8 space-y-5">
      {fault === null || isBusy ? null : <Alert tone="bad">{fault}</Alert>}
      <SubmitButton isBusy={isBusy || answer !== null}>{t('invitation.accept')}</SubmitButton>
    </form>
  );
}

function AcceptWithAccount({ token, email }: { token: string; email: string }) {
  const t = useT();
  const [name, setName] = useState('');
  const { answer, fault, isBusy, action } = useAsked(async (form) => {
    const password = fieldOf(form, 'password');
    const account = { name, password };
    const { tenantId } = await trpc.account.acceptInvitation.mutate({ token, account });
    await signInByPassword(email, password);
    goTo(tenantId);
    return tenantId;
  });
  return (
    <form action={action} className="mt-8 space-y-5">
      {fault === null || isBusy ? null : <Alert tone="bad">{fault}</Alert>}
      <TextField
        type="email"
        label={t('signIn.email')}
        value={email}
        readOnly
        autoComplete="username"
      />
      <TextField
        label={t('signUp.name')}
        value={name}
        onChange={(event) => setName(event.target.value)}
        autoComplete="name"
        required
        maxLength={200}
      />
      <NewPasswordField label={t('signIn.password')} />
      <SubmitButton isBusy={isBusy || answer !== null}>{t('invitation.acceptNew')}</SubmitButton>
    </form>
  );
}
