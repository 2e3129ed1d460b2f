'use client';

import type { KeyView } from '@/server/services/portal/list-keys';
import { CreateDialog } from './create-dialog';
import { EditDialog } from './edit-dialog';
import { EndOverlapDialog, RevokeDialog } from './end-dialogs';
import type { KeyAction } from './key-actions';
import { RotateDialog } from './rotate-dialog';

export type OpenKeyDialog =
  | { readonly action: 'create' }
  | { readonly action: KeyAction; readonly key: KeyView };

/** What is done to a key, or made of nothing; loaded when it is first opened. */
export function KeyDialog(props: {
  open: OpenKeyDialog;
  baseUrl: string;
  models: readonly string[];
  onClose: () => void;
}) {
  const { open, baseUrl, models, onClose } = props;
  switch (open.action) {
    case 'create':
      return <CreateDialog baseUrl={baseUrl} models={models} onClose={onClose} />;
    case 'edit':
      return <EditDialog apiKey={open.key} models={models} onClose={onClose} />;
    case 'rotate':
      return <RotateDialog apiKey={open.key} baseUrl={baseUrl} models={models} onClose={onClose} />;
    case 'endOverlap':
      return <EndOverlapDialog apiKey={open.key} onClose={onClose} />;
    case 'revoke':
      return <RevokeDialog apiKey={open.key} onClose={onClose} />;
  }
}
