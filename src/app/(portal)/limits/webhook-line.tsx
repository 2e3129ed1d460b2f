'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { EllipsisVertical, Pencil, RefreshCw, Send, Trash2, Webhook } from 'lucide-react';
import { useState } from 'react';
import { useT } from '@/components/i18n/provider';
import { trpc } from '@/components/trpc/client';
import { faultText } from '@/components/trpc/fault';
import { Button, IconButton } from '@/components/ui/button';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu';
import { onDemand, useOnDemand } from '@/components/ui/on-demand';
import { toast } from '@/components/ui/toast';
import type { BudgetPage } from '@/server/services/budgets/get';
import { BUDGET_KEY, DELIVERIES_KEY } from './query-keys';

const dialogs = onDemand(() => import('./webhook-dialog'));

type Open = 'address' | 'rotate' | 'remove' | null;

/** Where programs hear of the budget, and what can be done about it. */
export function WebhookLine({ page: { webhook, mayChange } }: { page: BudgetPage }) {
  const t = useT();
  const [open, setOpen] = useState<Open>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const parts = useOnDemand(dialogs, open === 'address' || secret !== null);
  const client = useQueryClient();
  const fail = (error: unknown) => toast.bad(faultText(error, t));
  const test = useMutation({
    mutationFn: () => trpc.portal.webhook.test.mutate(),
    onSuccess: () => toast.good(t('webhook.tested')),
    onError: fail,
    onSettled: () => client.invalidateQueries({ queryKey: DELIVERIES_KEY }),
  });
  const settled = async () => {
    setOpen(null);
    await client.invalidateQueries({ queryKey: BUDGET_KEY });
  };
  const rotate = useMutation({
    mutationFn: () => trpc.portal.webhook.rotateSecret.mutate(),
    onSuccess: (made) => setSecret(made.secret),
    onError: fail,
    onSettled: settled,
  });
  const remove = useMutation({
    mutationFn: () => trpc.portal.webhook.remove.mutate(),
    onSuccess: () => toast.good(t('webhook.removed')),
    onError: fail,
    onSettled: settled,
  });
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2 border-line border-t px-4 py-3 sm:px-5">
      <Webhook className="size-4 shrink-0 text-ink-3" aria-hidden="true" />
      <p className="min-w-0 flex-1 basis-40">
        <span className="font-medium">{t('webhook.title')}</span>
        <span className="block truncate text-ink-2 text-sm" title={webhook ?? undefined}>
          {webhook ?? t('webhook.none')}
        </span>
      </p>
      {!mayChange ? null : webhook === null ? (
        <Button onClick={() => setOpen('address')}>{t('webhook.add')}</Button>
      ) : (
        <div className="flex shrink-0 items-center gap-1">
          <Button disabled={test.isPending} onClick={() => test.mutate()}>
            <Send className="size-4" aria-hidden="true" />
            {t('webhook.test')}
          </Button>
          <Menu
            trigger={
              <IconButton label={t('webhook.actions')}>
                <EllipsisVertical className="size-4" aria-hidden="true" />
              </IconButton>
            }
          >
            <MenuItem icon={Pencil} onClick={() => setOpen('address')}>
              {t('webhook.change')}
            </MenuItem>
            <MenuItem icon={RefreshCw} onClick={() => setOpen('rotate')}>
              {t('webhook.rotate')}
            </MenuItem>
            <MenuSeparator />
            <MenuItem icon={Trash2} danger onClick={() => setOpen('remove')}>
              {t('webhook.remove')}
            </MenuItem>
          </Menu>
        </div>
      )}
      {open === 'address' && parts !== null ? (
        <parts.WebhookDialog webhook={webhook} onClose={() => setOpen(null)} onSecret={setSecret} />
      ) : null}
      {secret === null || parts === null ? null : (
        <parts.SecretDialog secret={secret} onClose={() => setSecret(null)} />
      )}
      <ConfirmDialog
        open={open === 'rotate'}
        onOpenChange={() => setOpen(null)}
        title={t('webhook.rotateTitle')}
        confirmLabel={t('webhook.rotate')}
        isBusy={rotate.isPending}
        onConfirm={() => rotate.mutate()}
      >
        <p>{t('webhook.rotateText')}</p>
      </ConfirmDialog>
      <ConfirmDialog
        open={open === 'remove'}
        onOpenChange={() => setOpen(null)}
        title={t('webhook.removeTitle')}
        confirmLabel={t('webhook.remove')}
        isBusy={remove.isPending}
        onConfirm={() => remove.mutate()}
      >
        <p>{t('webhook.removeText')}</p>
      </ConfirmDialog>
    </div>
  );
}
