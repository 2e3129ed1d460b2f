'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { UserPlus } from 'lucide-react';
import { useState } from 'react';
import { useT } from '@/components/i18n/provider';
import { trpc } from '@/components/trpc/client';
import { faultOf, faultText } from '@/components/trpc/fault';
import { Button } from '@/components/ui/button';
import { CopyButton } from '@/components/ui/copy-button';
import { Dialog, DialogActions } from '@/components/ui/dialog';
import { SelectField, TextField } from '@/components/ui/field';
import { toast } from '@/components/ui/toast';
import { mayManage } from '@/server/domain/permissions';
import { ROLES, type Role } from '@/server/domain/ports/sign-in';
import { MEMBERS_KEY } from './members-key';

interface Made {
  readonly email: string;
  readonly url: string;
}

/** Asks for an address and a role; where no mail is sent, shows the link that must be handed over. */
export function InviteDialog({ myRole }: { myRole: Role }) {
  const t = useT();
  const [open, setOpen] = useState(false);
  const [made, setMade] = useState<Made | null>(null);
  const change = (next: boolean) => {
    setOpen(next);
    if (next) setMade(null);
  };
  return (
    <Dialog
      open={open}
      onOpenChange={change}
      trigger={
        <Button look="primary">
          <UserPlus className="size-4" aria-hidden="true" />
          {t('members.invite')}
        </Button>
      }
      title={t(made === null ? 'members.inviteTitle' : 'members.linkTitle')}
      lead={made === null ? t('members.inviteLead') : t('members.linkLead', { email: made.email })}
    >
      {made === null ? (
        <InviteForm
          myRole={myRole}
          onCancel={() => setOpen(false)}
          onDone={(email, url) => {
            if (url !== null) return setMade({ email, url });
            toast.good(t('members.invited', { email }));
            setOpen(false);
          }}
        />
      ) : (
        <LinkToHandOver {...made} onDone={() => setOpen(false)} />
      )}
    </Dialog>
  );
}

interface InviteFormProps {
  readonly myRole: Role;
  readonly onCancel: () => void;
  readonly onDone: (email: string, url: string | null) => void;
}

function InviteForm({ myRole, onCancel, onDone }: InviteFormProps) {
  const t = useT();
  const client = useQueryClient();
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('member');
  const invite = useMutation({
    mutationFn: () => trpc.portal.invitations.create.mutate({ email, role }),
    onSuccess: async ({ url }) => {
      await client.invalidateQueries({ queryKey: MEMBERS_KEY });
      onDone(email, url);
    },
  });
  const fault = (error: unknown): string =>
    faultOf(error)?.code === 'conflict' ? t('members.alreadyMember') : faultText(error, t);
  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        invite.mutate();
      }}
    >
      <TextField
        type="email"
        label={t('members.email')}
        value={email}
        onChange={(event) => setEmail(event.target.value)}
        autoComplete="off"
        required
        maxLength={254}
        fault={invite.error === null ? null : fault(invite.error)}
      />
      <SelectField
        label={t('members.role')}
        hint={t(`role.${role}.can`)}
        value={role}
        onChange={setRole}
        choices={ROLES.filter((one) => mayManage(myRole, one)).map((one) => ({
          value: one,
          label: t(`role.${one}`),
        }))}
      />
      <DialogActions>
        <Button onClick={onCancel}>{t('common.cancel')}</Button>
        <Button type="submit" look="primary" disabled={invite.isPending}>
          {t('members.sendInvitation')}
        </Button>
      </DialogActions>
    </form>
  );
}

function LinkToHandOver({ url, onDone }: { url: string; onDone: () => void }) {
  const t = useT();
  return (
    <>
      <div className="flex items-end gap-1">
        <TextField
          className="min-w-0 flex-1"
          label={t('members.link')}
          value={url}
          readOnly
          onFocus={(event) => event.target.select()}
        />
        <CopyButton text={url} />
      </div>
      <DialogActions>
        <Button look="primary" onClick={onDone}>
          {t('common.done')}
        </Button>
      </DialogActions>
    </>
  );
}
