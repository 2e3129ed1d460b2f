'use client';

import { ArrowLeft } from 'lucide-react';
import Link from 'next/link';
import { LocalTime } from '@/components/data/local-time';
import { useT } from '@/components/i18n/provider';
import { Badge } from '@/components/ui/badge';
import { Card, CardHeader } from '@/components/ui/card';
import { PageHeader } from '@/components/ui/page-header';
import type { Limits } from '@/server/services/portal/read-limits';
import { GROUPS, ownFigures, type Refusal } from './refusals';

/** Every refusal that a program can meet, what to do about it, and this organisation's own figures. */
export function RefusalsView({ limits }: { limits: Limits }) {
  const t = useT();
  return (
    <>
      <PageHeader
        title={t('refusals.title')}
        lead={t('refusals.lead', { tenant: limits.tenantName })}
      >
        <Link
          href="/limits"
          className="inline-flex items-center gap-1 rounded-sm font-medium text-accent-strong hover:underline"
        >
          <ArrowLeft className="size-3.5" aria-hidden="true" />
          {t('limits.title')}
        </Link>
      </PageHeader>
      <div className="space-y-5">
        {GROUPS.map(({ name, refusals }) => (
          <Card key={name}>
            <CardHeader title={t(`refusals.group.${name}`)} />
            <ul className="divide-y divide-line">
              {refusals.map((refusal) => (
                <RefusalRow key={refusal.code} refusal={refusal} limits={limits} />
              ))}
            </ul>
          </Card>
        ))}
      </div>
    </>
  );
}

function RefusalRow({ refusal, limits }: { refusal: Refusal; limits: Limits }) {
  const t = useT();
  const { code, status } = refusal;
  const own = ownFigures(code, limits, t);
  return (
    <li
      id={code}
      className="grid gap-x-8 gap-y-2 px-4 py-4 sm:px-5 md:grid-cols-[15rem_minmax(0,1fr)]"
    >
      <div className="flex min-w-0 items-start gap-2">
        <Badge
          tone={status >= 500 ? 'bad' : status === 402 || status === 429 ? 'waiting' : 'muted'}
        >
          {status}
        </Badge>
        <h3 className="min-w-0 break-all font-mono text-sm">{code}</h3>
      </div>
      <div className="min-w-0 space-y-1.5">
        <p>{t(`refusal.${code}`)}</p>
        <p className="text-ink-2">{t(`refusal.${code}.do`)}</p>
        {own === null ? null : (
          <p
            className={`figures rounded-md px-3 py-2 text-sm ${own.isNow ? 'bg-warn-soft text-warn' : 'bg-sunken text-ink-2'}`}
          >
            <span className="font-medium">{t('refusals.you')}</span> {own.text}
            {own.resetsAt === null ? null : (
              <>
                {' '}
                {t('limits.resets')} <LocalTime iso={own.resetsAt} />
              </>
            )}
          </p>
        )}
      </div>
    </li>
  );
}
