'use client';

import { useT } from '@/components/i18n/provider';
import { trpc } from '@/components/trpc/client';
import { Button } from '@/components/ui/button';
import { Card, CardHeader } from '@/components/ui/card';
import { formatDay } from '@/components/ui/format';
import type { InvitationView } from '@/server/services/members/list';
import { useChange } from './use-change';

export function InvitationList(props: {
  invitations: readonly InvitationView[];
  mayRevoke: boolean;
}) {
  const t = useT();
  const revoke = useChange(
    ({ id }: InvitationView) => trpc.portal.invitations.revoke.mutate({ invitationId: id }),
    ({ email }) => t('members.revoked', { email }),
  );
  return (
    <Card>
      <CardHeader title={t('members.invitations')} />
      <ul className="divide-y divide-line">
        {props.invitations.map((invitation) => (
          <li key={invitation.id} className="flex items-center gap-4 px-4 py-3 sm:px-5">
            <div className="min-w-0 flex-1">
              <p className="truncate font-medium" title={invitation.email}>
                {invitation.email}
              </p>
              <p className="text-ink-2 text-sm">
                {t(`role.${invitation.role}`)} ·{' '}
                {t('members.expires', { date: formatDay(invitation.expiresAt) })}
              </p>
            </div>
            {props.mayRevoke ? (
              <Button disabled={revoke.isPending} onClick={() => revoke.mutate(invitation)}>
                {t('members.revoke')}
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
    </Card>
  );
}
