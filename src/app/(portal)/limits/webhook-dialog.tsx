'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useT } from '@/components/i18n/provider';
import { trpc } from '@/components/trpc/client';
import { faultOf, faultText } from '@/components/trpc/fault';
import { Button } from '@/components/ui/button';
import { CopyButton } from '@/components/ui/copy-button';
import { Dialog, DialogActions } from '@/components/ui/dialog';
import { TextField } from '@/components/ui/field';
import { toast } from '@/components/ui/toast';
import { BUDGET_KEY } from './query-keys';

interface WebhookDialogProps {
  readonly webhook: string | null;
  readonly onClose: () => void;
  /** The secret of a new webhook, which is shown this once. */
  readonly onSecret: (secret: string) => void;
}

/** Asks for the webhook's address. */
export function WebhookDialog({ webhook, onClose, onSecret }: WebhookDialogProps) {
  const t = useT();
  const client = useQueryClient();
  const [url, setUrl] = useState(webhook ?? '');
  const set = useMutation({
    mutationFn: () => trpc.portal.webhook.set.mutate({ url }),
    onSuccess: async (made) => {
      await client.invalidateQueries({ queryKey: BUDGET_KEY });
      onClose();
      if (made === null) toast.good(t('webhook.saved'));
      else onSecret(made.secret);
    },
  });
  const fault = (error: unknown): string =>
    faultOf(error)?.param === 'url' ? t('webhook.fault') : faultText(error, t);
  return (
    <Dialog
      open
      onOpenChange={(open) => open || onClose()}
      title={t('webhook.title')}
      lead={t('webhook.lead')}
    >
      <form
        noValidate
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          set.mutate();
        }}
      >
        <TextField
          type="url"
          label={t('webhook.url')}
          hint={t('webhook.urlHint')}
          placeholder="https://example.com/hooks/tallygate"
          value={url}
          maxLength={2048}
          autoComplete="off"
          spellCheck={false}
          fault={set.error === null ? null : fault(set.error)}
          onChange={(event) => setUrl(event.target.value)}
        />
        <DialogActions>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button type="submit" look="primary" disabled={set.isPending}>
            {t('webhook.save')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

/** The secret, this once, and what it is for. */
export function SecretDialog({ secret, onClose }: { secret: string; onClose: () => void }) {
  const t = useT();
  return (
    <Dialog
      open
      onOpenChange={(open) => open || onClose()}
      closesBeside={false}
      title={t('webhook.secretTitle')}
      lead={t('keys.shownOnce')}
    >
      <div className="flex items-center gap-1 rounded-md border border-line bg-sunken py-1 pr-1 pl-3">
        <code className="min-w-0 flex-1 break-all font-mono text-sm">{secret}</code>
        <CopyButton text={secret} label={t('webhook.copySecret')} />
      </div>
      <p className="mt-3 text-ink-2 text-sm">{t('webhook.secretText')}</p>
      <DialogActions>
        <Button look="primary" onClick={onClose}>
          {t('common.done')}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
