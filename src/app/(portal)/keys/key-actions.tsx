'use client';

import { EllipsisVertical, KeyRound, Pause, Pencil, Play, RefreshCw, Trash2 } from 'lucide-react';
import { useT } from '@/components/i18n/provider';
import { trpc } from '@/components/trpc/client';
import { IconButton } from '@/components/ui/button';
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu';
import { toast } from '@/components/ui/toast';
import type { KeyView } from '@/server/services/portal/list-keys';
import { useFaultText, useKeyChange } from './use-key-change';

export type KeyAction = 'edit' | 'rotate' | 'endOverlap' | 'revoke';

interface KeyActionsProps {
  readonly apiKey: KeyView;
  /** Opens the dialog of an action. */
  readonly onAction: (action: KeyAction) => void;
}

/** What can be done to a key; disabling and enabling, which hurt nobody for long, ask nothing. */
export function KeyActions({ apiKey, onAction }: KeyActionsProps) {
  const t = useT();
  const faultText = useFaultText();
  const { id: keyId, name } = apiKey;
  const setStatus = useKeyChange(
    (status: 'active' | 'disabled') => trpc.portal.keys.setStatus.mutate({ keyId, status }),
    (_, status) => toast.good(t(status === 'active' ? 'keys.enabled' : 'keys.disabled', { name })),
  );
  const change = (status: 'active' | 'disabled') =>
    setStatus.mutate(status, { onError: (error) => toast.bad(faultText(error)) });
  const label = t('keys.actions', { name });
  return (
    <Menu
      trigger={
        <IconButton label={label}>
          <EllipsisVertical className="size-4" aria-hidden="true" />
        </IconButton>
      }
    >
      <MenuItem icon={Pencil} onClick={() => onAction('edit')}>
        {t('keys.edit')}
      </MenuItem>
      <MenuItem icon={RefreshCw} onClick={() => onAction('rotate')}>
        {t('keys.rotate')}
      </MenuItem>
      {apiKey.previous === null ? null : (
        <MenuItem icon={KeyRound} onClick={() => onAction('endOverlap')}>
          {t('keys.endOverlap')}
        </MenuItem>
      )}
      {apiKey.status === 'disabled' ? (
        <MenuItem icon={Play} onClick={() => change('active')}>
          {t('keys.enable')}
        </MenuItem>
      ) : (
        <MenuItem icon={Pause} onClick={() => change('disabled')}>
          {t('keys.disable')}
        </MenuItem>
      )}
      <MenuSeparator />
      <MenuItem icon={Trash2} danger onClick={() => onAction('revoke')}>
        {t('keys.revoke')}
      </MenuItem>
    </Menu>
  );
}
