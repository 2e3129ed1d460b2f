'use client';

import { useMutation } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { type ReactNode, useState } from 'react';
import { useT } from '@/components/i18n/provider';
import { trpc } from '@/components/trpc/client';
import { faultText } from '@/components/trpc/fault';
import { Button } from '@/components/ui/button';
import { Card, CardHeader } from '@/components/ui/card';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { TextField } from '@/components/ui/field';
import { toast } from '@/components/ui/toast';
import { may } from '@/server/domain/permissions';
import type { Membership } from '@/server/domain/ports/sign-in';
import type { MemberView } from '@/server/services/members/list';

/** The organisation itself: its name, leaving it, giving it up. */
export function OrganisationCard({
  me,
  members,
}: {
  me: Membership;
  members: readonly MemberView[];
}) {
  const t = useT();
  const owners = members.filter((member) => member.role === 'owner');
  const isLastOwner = me.role === 'owner' && owners.length === 1;
  return (
    <Card>
      <CardHeader title={t('members.organisation')} />
      <div className="divide-y divide-line">
        {may(me.role, 'tenant.rename') ? <Rename name={me.tenantName} /> : null}
        <Leave me={me} isLastOwner={isLastOwner} />
        {may(me.role, 'tenant.delete') ? <Delete name={me.tenantName} /> : null}
      </div>
    </Card>
  );
}

function Rename({ name: before }: { name: string }) {
  const t = useT();
  const router = useRouter();
  const [name, setName] = useState(before);
  const rename = useMutation({
    mutationFn: () => trpc.portal.tenant.rename.mutate({ name }),
    onSuccess: () => {
      toast.good(t('members.renamed', { name }));
      router.refresh();
    },
    onError: (error) => toast.bad(faultText(error, t)),
  });
  return (
    <form
      className="flex items-end gap-3 px-4 py-4 sm:px-5"
      onSubmit={(event) => {
        event.preventDefault();
        rename.mutate();
      }}
    >
      <TextField
        className="min-w-0 max-w-sm flex-1"
        label={t('members.name')}
        value={name}
        onChange={(event) => setName(event.target.value)}
        required
        maxLength={200}
      />
      <Button
        type="submit"
        className="max-sm:h-10"
        disabled={rename.isPending || name.trim() === before || name.trim() === ''}
      >
        {t('members.rename')}
      </Button>
    </form>
  );
}

/** A full load, so that nothing of the organisation stays in this tab. */
const goHome = () => window.location.assign('/');

function Leave({ me, isLastOwner }: { me: Membership; isLastOwner: boolean }) {
  const t = useT();
  const [isAsked, setIsAsked] = useState(false);
  const leave = useMutation({
    mutationFn: () => trpc.portal.members.remove.mutate({ accountId: me.accountId }),
    onSuccess: goHome,
  });
  return (
    <Line hint={t(isLastOwner ? 'members.lastOwner' : 'members.leaveHint')}>
      <Button disabled={isLastOwner} onClick={() => setIsAsked(true)}>
        {t('members.leave')}
      </Button>
      <ConfirmDialog
        open={isAsked}
        onOpenChange={setIsAsked}
        title={t('members.leaveTitle', { tenant: me.tenantName })}
        confirmLabel={t('members.leave')}
        isBusy={leave.isPending || leave.isSuccess}
        fault={leave.error === null ? null : faultText(leave.error, t)}
        onConfirm={() => leave.mutate()}
      >
        <p>{t('members.leaveHint')}</p>
      </ConfirmDialog>
    </Line>
  );
}

function Delete({ name }: { name: string }) {
  const t = useT();
  const [isAsked, setIsAsked] = useState(false);
  const giveUp = useMutation({
    mutationFn: () => trpc.portal.tenant.delete.mutate({ typedName: name }),
    onSuccess: goHome,
  });
  return (
    <Line hint={t('members.deleteHint')}>
      <Button look="danger" onClick={() => setIsAsked(true)}>
        {t('members.delete')}
      </Button>
      <ConfirmDialog
        open={isAsked}
        onOpenChange={setIsAsked}
        title={t('members.deleteTitle', { tenant: name })}
        confirmLabel={t('members.delete')}
        typedName={name}
        isBusy={giveUp.isPending || giveUp.isSuccess}
        fault={giveUp.error === null ? null : faultText(giveUp.error, t)}
        onConfirm={() => giveUp.mutate()}
      >
        <ul className="list-disc space-y-1.5 pl-5">
          <li>{t('members.deleteKeys')}</li>
          <li>{t('members.deleteMembers')}</li>
          <li>{t('members.deleteBalance')}</li>
          <li>{t('members.deleteLedger')}</li>
        </ul>
      </ConfirmDialog>
    </Line>
  );
}

function Line({ hint, children }: { hint: string; children: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3 px-4 py-4 sm:px-5">
      <p className="min-w-0 max-w-xl text-ink-2">{hint}</p>
      {children}
    </div>
  );
}
