'use client';

import { Ellipsis, UserMinus } from 'lucide-react';
import { useState } from 'react';
import { useT } from '@/components/i18n/provider';
import { trpc } from '@/components/trpc/client';
import { Badge } from '@/components/ui/badge';
import { IconButton } from '@/components/ui/button';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { Select } from '@/components/ui/field';
import { formatDay } from '@/components/ui/format';
import { Menu, MenuItem } from '@/components/ui/menu';
import { mayManage } from '@/server/domain/permissions';
import { type Membership, ROLES, type Role } from '@/server/domain/ports/sign-in';
import type { MemberView } from '@/server/services/members/list';
import { useChange } from './use-change';

const CELL = 'px-2.5 py-3 first:pl-4 last:pr-4 sm:first:pl-5 sm:last:pr-5';
const HEAD = `${CELL} py-2.5 font-medium text-ink-2 text-xs`;

interface MemberTableProps {
  readonly members: readonly MemberView[];
  /** Of the organisation: the last one stays. */
  readonly owners: number;
  readonly me: Membership;
}

export function MemberTable({ members, owners, me }: MemberTableProps) {
  const t = useT();
  return (
    <table className="w-full table-fixed text-left">
      <thead className="border-line border-b">
        <tr>
          <th scope="col" className={HEAD}>
            {t('members.person')}
          </th>
          <th scope="col" className={`${HEAD} w-32 sm:w-44`}>
            {t('members.role')}
          </th>
          <th scope="col" className={`${HEAD} hidden w-36 md:table-cell`}>
            {t('members.since')}
          </th>
          <th scope="col" className={`${HEAD} w-14`}>
            <span className="sr-only">{t('members.remove')}</span>
          </th>
        </tr>
      </thead>
      <tbody className="divide-y divide-line">
        {members.map((member) => (
          <MemberRow
            key={member.accountId}
            member={member}
            me={me}
            isLastOwner={member.role === 'owner' && owners === 1}
          />
        ))}
      </tbody>
    </table>
  );
}

interface MemberRowProps {
  readonly member: MemberView;
  readonly me: Membership;
  readonly isLastOwner: boolean;
}

function MemberRow({ member, me, isLastOwner }: MemberRowProps) {
  const t = useT();
  const isMe = member.accountId === me.accountId;
  const isMine = mayManage(me.role, member.role);
  return (
    <tr className="transition-colors hover:bg-sunken/60">
      <td className={CELL}>
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="min-w-0 break-words font-medium">{member.name}</span>
          {isMe ? <Badge tone="muted">{t('members.you')}</Badge> : null}
        </p>
        <p className="truncate text-ink-2 text-sm" title={member.email}>
          {member.email}
        </p>
      </td>
      <td className={CELL}>
        {isMine && !isLastOwner ? (
          <RoleSelect member={member} myRole={me.role} />
        ) : (
          <span title={t(`role.${member.role}.can`)}>{t(`role.${member.role}`)}</span>
        )}
      </td>
      <td className={`${CELL} figures hidden text-ink-2 md:table-cell`}>
        {formatDay(member.since)}
      </td>
      <td className={`${CELL} text-right`}>
        {isMine && !isMe ? <RemoveMenu member={member} /> : null}
      </td>
    </tr>
  );
}

function RoleSelect({ member, myRole }: { member: MemberView; myRole: Role }) {
  const t = useT();
  const { accountId, name } = member;
  const change = useChange(
    (role: Role) => trpc.portal.members.setRole.mutate({ accountId, role }),
    (role) => t('members.roleChanged', { name, role: t(`role.${role}`) }),
  );
  return (
    <Select
      aria-label={t('members.roleOf', { name })}
      value={change.isPending ? change.variables : member.role}
      disabled={change.isPending}
      onChange={(role) => change.mutate(role)}
      choices={ROLES.filter((role) => mayManage(myRole, role)).map((role) => ({
        value: role,
        label: t(`role.${role}`),
      }))}
    />
  );
}

function RemoveMenu({ member }: { member: MemberView }) {
  const t = useT();
  const { accountId, name } = member;
  const [isAsked, setIsAsked] = useState(false);
  const remove = useChange(
    () => trpc.portal.members.remove.mutate({ accountId }),
    () => t('members.removed', { name }),
  );
  return (
    <>
      <Menu
        trigger={
          <IconButton label={t('members.actions', { name })}>
            <Ellipsis className="size-4" aria-hidden="true" />
          </IconButton>
        }
      >
        <MenuItem icon={UserMinus} danger onClick={() => setIsAsked(true)}>
          {t('members.remove')}
        </MenuItem>
      </Menu>
      <ConfirmDialog
        open={isAsked}
        onOpenChange={setIsAsked}
        title={t('members.removeTitle', { name })}
        confirmLabel={t('members.remove')}
        isBusy={remove.isPending}
        onConfirm={() => remove.mutate(undefined, { onSettled: () => setIsAsked(false) })}
      >
        <p>{t('members.removeText')}</p>
      </ConfirmDialog>
    </>
  );
}
