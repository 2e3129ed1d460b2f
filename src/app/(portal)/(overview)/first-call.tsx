'use client';

import { useMutation } from '@tanstack/react-query';
import { Check, KeyRound, Plus } from 'lucide-react';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { Money } from '@/components/data/money';
import { StatusBadge } from '@/components/data/status-badge';
import { useT } from '@/components/i18n/provider';
import { trpc } from '@/components/trpc/client';
import { faultText } from '@/components/trpc/fault';
import { Button } from '@/components/ui/button';
import { Card, CardHeader } from '@/components/ui/card';
import { CodeBlock } from '@/components/ui/code-block';
import { CopyButton } from '@/components/ui/copy-button';
import { formatCount } from '@/components/ui/format';
import { Alert } from '@/components/ui/notice';
import { Tabs } from '@/components/ui/tabs';
import type { Overview } from '@/server/services/portal/read-overview';
import type { TransactionView } from '@/server/services/portal/transaction-view';
import { curl, python, type Target, typescript } from '../keys/snippets';

interface FirstCallProps {
  readonly overview: Overview;
  readonly baseUrl: string;
  readonly model: string;
  readonly onDone: () => void;
}

/** From nothing to the first call: make a key, paste what calls, watch it arrive. */
export function FirstCall({ overview, baseUrl, model, onDone }: FirstCallProps) {
  const t = useT();
  const create = useMutation({
    mutationFn: () => trpc.portal.keys.create.mutate({ name: t('start.keyName') }),
  });
  const apiKey = create.data?.key ?? null;
  const arrived = overview.recent.find((row) => row.kind === 'charge') ?? null;
  return (
    <Card>
      <CardHeader title={t('start.firstTitle')} />
      <ol className="divide-y divide-line">
        <Step number={1} title={t('start.makeKey')} isDone={apiKey !== null}>
          {apiKey !== null ? (
            <MadeKey apiKey={apiKey} />
          ) : overview.mayMakeKeys ? (
            <>
              <Button look="primary" disabled={create.isPending} onClick={() => create.mutate()}>
                <Plus className="size-4" aria-hidden="true" />
                {t(create.isPending ? 'keys.creating' : 'keys.create')}
              </Button>
              {create.isError ? (
                <div className="mt-3">
                  <Alert tone="bad">{faultText(create.error, t)}</Alert>
                </div>
              ) : null}
            </>
          ) : (
            <p className="text-ink-2">{t('keys.emptyViewer')}</p>
          )}
        </Step>
        <Step number={2} title={t('start.paste')} isDone={arrived !== null}>
          <Snippets target={{ baseUrl, apiKey: apiKey ?? t('start.yourKey'), model }} />
        </Step>
        <Step number={3} title={t('start.watch')} isDone={arrived?.status === 'COMMITTED'}>
          {arrived === null ? <Waiting /> : <Arrived row={arrived} onDone={onDone} />}
        </Step>
      </ol>
    </Card>
  );
}

function Step(props: { number: number; title: string; isDone: boolean; children: ReactNode }) {
  const { number, title, isDone, children } = props;
  return (
    <li className="flex gap-4 p-4 sm:p-5">
      <span
        aria-hidden="true"
        className={`inline-flex size-6 shrink-0 items-center justify-center rounded-full font-medium text-sm ${isDone ? 'bg-accent text-on-accent' : 'border border-line-strong text-ink-2'}`}
      >
        {isDone ? <Check className="size-3.5" /> : number}
      </span>
      <div className="min-w-0 flex-1">
        <h3 className="mb-2.5 font-medium">{title}</h3>
        {children}
      </div>
    </li>
  );
}

function MadeKey({ apiKey }: { apiKey: string }) {
  const t = useT();
  return (
    <>
      <div className="flex items-center gap-2 rounded-md border border-accent bg-accent-soft py-1.5 pr-1.5 pl-3">
        <KeyRound className="size-4 shrink-0 text-accent-strong" aria-hidden="true" />
        <code data-testid="new-key" className="min-w-0 flex-1 break-all font-mono text-sm">
          {apiKey}
        </code>
        <CopyButton text={apiKey} label={t('keys.copyKey')} />
      </div>
      <p className="mt-2 text-ink-2 text-sm">{t('keys.shownOnce')}</p>
    </>
  );
}

function Snippets({ target }: { target: Target }) {
  const t = useT();
  const tabs = [
    { value: 'curl', label: 'curl', code: curl(target) },
    { value: 'python', label: 'Python', code: python(target) },
    { value: 'typescript', label: 'TypeScript', code: typescript(target) },
  ];
  return (
    <Tabs
      label={t('start.language')}
      tabs={tabs.map(({ code, ...tab }) => ({ ...tab, content: <CodeBlock code={code} /> }))}
    />
  );
}

function Waiting() {
  const t = useT();
  return (
    <p role="status" className="inline-flex items-center gap-2.5 text-ink-2">
      <span className="relative inline-flex size-2" aria-hidden="true">
        <span className="absolute inset-0 animate-ping rounded-full bg-accent opacity-40" />
        <span className="relative size-2 rounded-full bg-accent" />
      </span>
      {t('start.waiting')}
    </p>
  );
}

function Arrived({ row, onDone }: { row: TransactionView; onDone: () => void }) {
  const t = useT();
  return (
    <div role="status" className="flex flex-wrap items-center gap-x-4 gap-y-3">
      <StatusBadge status={row.status} />
      <span className="min-w-0 truncate font-mono text-sm">{row.model}</span>
      {row.status === 'PENDING' ? null : (
        <>
          <span className="figures text-ink-2">
            {t('start.tokens', { count: formatCount(row.inputTokens + row.outputTokens) })}
          </span>
          <Money nano={row.effectNano} plus />
        </>
      )}
      <span className="flex flex-wrap gap-2 sm:ml-auto">
        <Link
          href="/transactions"
          className="inline-flex h-9 items-center rounded-md border border-line-strong px-3.5 font-medium transition-colors hover:bg-sunken"
        >
          {t('overview.all')}
        </Link>
        <Button look="primary" onClick={onDone}>
          {t('start.toOverview')}
        </Button>
      </span>
    </div>
  );
}
