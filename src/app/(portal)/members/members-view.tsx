'use client';

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { csvHref } from '@/components/data/csv-href';
import { ExportButton } from '@/components/data/export-button';
import { Pager, usePages } from '@/components/data/pager';
import { useT } from '@/components/i18n/provider';
import { trpc } from '@/components/trpc/client';
import { Card } from '@/components/ui/card';
import { PageHeader } from '@/components/ui/page-header';
import { SearchField } from '@/components/ui/search-field';
import { hasWords } from '@/server/domain/chosen';
import { may } from '@/server/domain/permissions';
import type { Membership } from '@/server/domain/ports/sign-in';
import type { MemberList } from '@/server/services/members/list';
import { InvitationList } from './invitation-list';
import { InviteDialog } from './invite-dialog';
import { MemberTable } from './member-table';
import { MEMBERS_KEY } from './members-key';
import { OrganisationCard } from './organisation-card';

/** Beyond so many, one is looked for rather than seen. */
const SEARCH_FROM = 8;

export function MembersView({ initial, me }: { initial: MemberList; me: Membership }) {
  const t = useT();
  const { data } = useQuery({
    queryKey: MEMBERS_KEY,
    queryFn: () => trpc.portal.members.list.query(),
    initialData: initial,
  });
  const [text, setText] = useState('');
  const found = data.members.filter(({ name, email }) => hasWords(`${name} ${email}`, text));
  const { current, onPage } = usePages(found, text);
  const owners = data.members.filter(({ role }) => role === 'owner').length;
  const isManager = may(me.role, 'members.manage');
  return (
    <>
      <PageHeader title={t('members.title')} lead={t('members.lead', { tenant: me.tenantName })}>
        <div className="flex flex-wrap gap-2">
          <ExportButton href={() => csvHref('/api/portal/members.csv', {})} name="members" />
          {isManager ? <InviteDialog myRole={me.role} /> : null}
        </div>
      </PageHeader>
      <div className="space-y-5">
        <div>
          {data.members.length < SEARCH_FROM ? null : (
            <SearchField
              className="mb-4 w-full sm:w-72"
              label={t('members.search')}
              value={text}
              onChange={setText}
            />
          )}
          <Card>
            {found.length === 0 ? (
              <p className="px-4 py-8 text-center text-ink-2 sm:px-5">{t('members.noMatch')}</p>
            ) : (
              <MemberTable members={current.rows} owners={owners} me={me} />
            )}
            <Pager current={current} onPage={onPage} />
          </Card>
        </div>
        {data.invitations.length === 0 ? null : (
          <InvitationList invitations={data.invitations} mayRevoke={isManager} />
        )}
        <OrganisationCard me={me} members={data.members} />
      </div>
    </>
  );
}
