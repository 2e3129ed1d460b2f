'use client';

import { useQuery } from '@tanstack/react-query';
import { useT } from '@/components/i18n/provider';
import { trpc } from '@/components/trpc/client';
import { Card } from '@/components/ui/card';
import { PageHeader } from '@/components/ui/page-header';
import { may } from '@/server/domain/permissions';
import type { Membership } from '@/server/domain/ports/sign-in';
import type { MemberList } from '@/server/services/members/list';
import { InvitationList } from './invitation-list';
import { InviteDialog } from './invite-dialog';
import { MemberTable } from './member-table';
import { MEMBERS_KEY } from './members-key';
import { OrganisationCard } from './organisation-card';

export function MembersView({ initial, me }: { initial: MemberList; me: Membership }) {
  const t = useT();
  const { data } = useQuery({
    queryKey: MEMBERS_KEY,
    queryFn: () => trpc.portal.members.list.query(),
    initialData: initial,
  });
  const isManager = may(me.role, 'members.manage');
  return (
    <>
      <PageHeader title={t('members.title')} lead={t('members.lead', { tenant: me.tenantName })}>
        {isManager ? <InviteDialog myRole={me.role} /> : null}
      </PageHeader>
      <div className="space-y-5">
        <Card>
          <MemberTable members={data.members} me={me} />
        </Card>
        {data.invitations.length === 0 ? null : (
          <InvitationList invitations={data.invitations} mayRevoke={isManager} />
        )}
        <OrganisationCard me={me} members={data.members} />
      </div>
    </>
  );
}
