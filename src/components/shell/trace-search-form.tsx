'use client';

import { useMutation } from '@tanstack/react-query';
import { CornerDownLeft } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useEffect, useEffectEvent, useState } from 'react';
import { useT } from '../i18n/provider';
import { trpc } from '../trpc/client';
import { faultOf, faultText } from '../trpc/fault';
import { Button } from '../ui/button';
import { TextField } from '../ui/field';

/** Mounted with the dialog. What was pasted is looked for at once. */
export function TraceSearchForm({ pasted, onFound }: { pasted: string; onFound: () => void }) {
  const t = useT();
  const router = useRouter();
  const [typed, setTyped] = useState(pasted);
  const find = useMutation({
    mutationFn: (traceId: string) => trpc.portal.receipt.query({ traceId }),
    onSuccess: ({ traceId }) => {
      onFound();
      router.push(`/transactions?receipt=${encodeURIComponent(traceId)}`);
    },
  });
  const start = useEffectEvent(() => {
    if (pasted !== '') find.mutate(pasted);
  });
  useEffect(() => start(), []);
  const fault =
    find.error === null
      ? null
      : faultOf(find.error)?.code === 'not_found'
        ? t('find.none')
        : faultText(find.error, t);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (typed.trim() !== '') find.mutate(typed.trim());
      }}
    >
      <TextField
        label={t('transactions.trace')}
        value={typed}
        maxLength={128}
        autoComplete="off"
        spellCheck={false}
        className="[&_input]:font-mono"
        fault={fault}
        onChange={(event) => {
          setTyped(event.target.value);
          find.reset();
        }}
      />
      <div className="mt-4 flex justify-end">
        <Button type="submit" look="primary" disabled={find.isPending || typed.trim() === ''}>
          {t('find.submit')}
          <CornerDownLeft className="size-4" aria-hidden="true" />
        </Button>
      </div>
    </form>
  );
}
