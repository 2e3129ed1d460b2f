import type { Metadata } from 'next';
import { headers } from 'next/headers';
import { requestPreferences, requestTranslator } from '@/app/preferences';
import { accountRouter } from '@/server/api/account-router';
import { requestAddress } from '@/server/api/client-address';
import { providerNames } from '@/server/auth/providers';
import { currentSignIn } from '@/server/auth/session';
import { getContainer } from '@/server/container';
import { isTallygateError } from '@/server/domain/errors';
import { uuidV7 } from '@/server/domain/ids';
import type { OpenInvitation } from '@/server/services/invitations/view';
import { AuthFrame } from '../../frame';
import { AcceptForm } from './accept-form';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await requestTranslator())('members.invitations') };
}

interface PageProps {
  readonly params: Promise<{ readonly token: string }>;
}

/** Null: the link counts no more. */
async function read(token: string): Promise<OpenInvitation | null> {
  const [container, signedIn, { locale }, head] = await Promise.all([
    getContainer(),
    currentSignIn(),
    requestPreferences(),
    headers(),
  ]);
  const caller = accountRouter.createCaller({
    container,
    actor: null,
    address: requestAddress(head),
    requestId: uuidV7(),
    browser: { signedIn, language: locale },
  });
  try {
    return await caller.invitation({ token });
  } catch (error) {
    const cause = error instanceof Error ? error.cause : null;
    if (isTallygateError(cause) && cause.code === 'not_found') return null;
    throw error;
  }
}

/** What is offered, to whoever holds the link; opening it takes nothing up. */
export default async function InvitationPage({ params }: PageProps) {
  const { token } = await params;
  const [invitation, t, { env }] = await Promise.all([
    read(token),
    requestTranslator(),
    getContainer(),
  ]);
  if (invitation === null) {
    return (
      <AuthFrame title={t('invitation.dead')} lead={t('invitation.deadHint')}>
        {null}
      </AuthFrame>
    );
  }
  const { tenantName, invitedBy, role } = invitation;
  const what = t(`role.${role}`);
  return (
    <AuthFrame
      title={t('invitation.title', { tenant: tenantName })}
      lead={
        invitedBy === null
          ? t('invitation.byOperator', { role: what })
          : t('invitation.by', { name: invitedBy, role: what })
      }
    >
      <AcceptForm
        token={token}
        email={invitation.email}
        next={invitation.next}
        providers={providerNames(env)}
      />
    </AuthFrame>
  );
}
