'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useT } from '@/components/i18n/provider';
import { trpc } from '@/components/trpc/client';
import { faultOf, faultText } from '@/components/trpc/fault';
import { Button } from '@/components/ui/button';
import { Card, CardHeader } from '@/components/ui/card';
import { TextField } from '@/components/ui/field';
import { toast } from '@/components/ui/toast';
import { SESSIONS_KEY } from './sessions-key';

export function PasswordCard({ email }: { email: string }) {
  const t = useT();
  const client = useQueryClient();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const change = useMutation({
    mutationFn: () => trpc.account.changePassword.mutate({ current, next }),
    onSuccess: async () => {
      setCurrent('');
      setNext('');
      toast.good(t('account.passwordChanged'));
      await client.invalidateQueries({ queryKey: SESSIONS_KEY });
    },
  });
  const isWrong = faultOf(change.error)?.param === 'current';
  const other = change.error === null || isWrong ? null : faultText(change.error, t);
  return (
    <Card>
      <CardHeader title={t('account.password')} />
      <form
        className="max-w-sm space-y-4 p-4 sm:p-5"
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate();
        }}
      >
        <input type="email" value={email} readOnly hidden autoComplete="username" />
        <TextField
          type="password"
          label={t('account.current')}
          value={current}
          onChange={(event) => setCurrent(event.target.value)}
          autoComplete="current-password"
          required
          maxLength={256}
          fault={isWrong ? t('account.wrongPassword') : null}
        />
        <TextField
          type="password"
          label={t('account.next')}
          hint={t('account.passwordHint')}
          value={next}
          onChange={(event) => setNext(event.target.value)}
          autoComplete="new-password"
          required
          minLength={12}
          maxLength={256}
          fault={other}
        />
        <Button type="submit" look="primary" disabled={change.isPending}>
          {t('account.changePassword')}
        </Button>
        <p className="text-ink-2 text-sm">{t('account.noPassword')}</p>
      </form>
    </Card>
  );
}
