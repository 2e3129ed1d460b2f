'use client';

import Link from 'next/link';
import { useState } from 'react';
import { LocalTime } from '@/components/data/local-time';
import { Pager, usePages } from '@/components/data/pager';
import { useT } from '@/components/i18n/provider';
import { Badge } from '@/components/ui/badge';
import { Card, CardHeader } from '@/components/ui/card';
import { formatCount, formatMoney } from '@/components/ui/format';
import { Meter } from '@/components/ui/meter';
import { SearchField } from '@/components/ui/search-field';
import { KEY_QUOTA_TYPES } from '@/server/domain/quota';
import type { KeyLimitsView, Limits, RateLimit } from '@/server/services/portal/read-limits';

/** Beyond so many, one is looked for rather than seen. */
const SEARCH_FROM = 6;
/** Rows are tall, and more stands below them. */
const PAGE_SIZE = 10;

/** What holds each key back beyond its organisation's own limits. */
export function KeyLimitsCard({ limits }: { limits: Limits }) {
  const t = useT();
  const [text, setText] = useState('');
  const wanted = text.trim().toLowerCase();
  const keys = limits.keys.filter(
    ({ name, prefix }) => name.toLowerCase().includes(wanted) || prefix.startsWith(wanted),
  );
  const { current, onPage } = usePages(keys, wanted, PAGE_SIZE);
  return (
    <Card>
      <CardHeader title={t('limits.keys')}>
        {limits.keys.length < SEARCH_FROM ? null : (
          <SearchField
            className="w-full sm:w-64"
            label={t('keys.search')}
            value={text}
            onChange={setText}
          />
        )}
      </CardHeader>
      {keys.length === 0 ? (
        <p className="px-4 py-8 text-center text-ink-2 sm:px-5">
          {limits.keys.length === 0 ? t('limits.noKeys') : t('keys.noMatchHint')}{' '}
          <Link href="/keys" className="rounded-sm font-medium text-accent-strong hover:underline">
            {t('limits.toKeys')}
          </Link>
        </p>
      ) : (
        <ul className="divide-y divide-line">
          {current.rows.map((key) => (
            <KeyRow key={key.id} apiKey={key} limits={limits} />
          ))}
        </ul>
      )}
      <Pager current={current} onPage={onPage} />
    </Card>
  );
}

function KeyRow({ apiKey, limits }: { apiKey: KeyLimitsView; limits: Limits }) {
  const t = useT();
  const { name, prefix, status } = apiKey;
  return (
    <li className="grid gap-x-8 gap-y-3 px-4 py-4 sm:px-5 md:grid-cols-[13rem_minmax(0,1fr)]">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="min-w-0 break-words font-medium">{name}</span>
          {status === 'active' ? null : <Badge tone="waiting">{t(`keys.status.${status}`)}</Badge>}
        </p>
        <code className="font-mono text-ink-2 text-sm">{prefix}…</code>
        <Scope apiKey={apiKey} />
      </div>
      <KeyMeters apiKey={apiKey} limits={limits} />
    </li>
  );
}

/** Which models and addresses it is confined to. */
function Scope({ apiKey: { allowedModels, allowedIps, expiresAt } }: { apiKey: KeyLimitsView }) {
  const t = useT();
  const lines = [
    allowedModels === null ? null : t('limits.models', { count: allowedModels.length }),
    allowedIps === null ? null : t('limits.addresses', { count: allowedIps.length }),
  ].filter((line) => line !== null);
  return (
    <>
      {lines.map((line) => (
        <p key={line} className="text-ink-2 text-sm">
          {line}
        </p>
      ))}
      {expiresAt === null ? null : (
        <p className="text-ink-2 text-sm">
          {t('limits.expires')} <LocalTime iso={expiresAt} />
        </p>
      )}
    </>
  );
}

function KeyMeters({ apiKey, limits }: { apiKey: KeyLimitsView; limits: Limits }) {
  const t = useT();
  const { requestsPerMinute, tokensPerMinute, concurrency, quotas } = apiKey;
  const rates = [
    { name: t('limits.rpm'), rate: requestsPerMinute },
    { name: t('limits.tpm'), rate: tokensPerMinute },
    { name: t('limits.concurrency'), rate: concurrency },
  ];
  const hasNone = quotas.length === 0 && rates.every(({ rate }) => rate === null);
  if (hasNone) return <p className="text-ink-2">{t('limits.keyFree')}</p>;
  return (
    <ul className="grid gap-x-6 gap-y-3 sm:grid-cols-2">
      {rates.map(({ name, rate }) =>
        rate === null ? null : <RateMeter key={name} name={name} rate={rate} />,
      )}
      {quotas.map((quota) => {
        const type = KEY_QUOTA_TYPES.find((one) => one === quota.type);
        const show = (value: string) =>
          quota.type.endsWith('_amount') ? formatMoney(value) : formatCount(BigInt(value));
        return (
          <UseMeter
            key={quota.type}
            name={type === undefined ? quota.type : t(`keys.quota.${type}`)}
            used={show(quota.used)}
            limit={show(quota.limit)}
            share={[Number(quota.used), Number(quota.limit)]}
            resetsAt={resetOf(quota.type, limits)}
          />
        );
      })}
    </ul>
  );
}

function resetOf(type: string, { dayEndsAt, monthEndsAt }: Limits): string | null {
  if (type.startsWith('daily_')) return dayEndsAt;
  return type.startsWith('monthly_') ? monthEndsAt : null;
}

function RateMeter({ name, rate: { used, limit } }: { name: string; rate: RateLimit }) {
  const t = useT();
  return (
    <UseMeter
      name={name}
      used={used === null ? t('limits.unknown') : formatCount(used)}
      limit={formatCount(limit)}
      share={[used ?? 0, limit]}
      resetsAt={null}
    />
  );
}

interface UseMeterProps {
  readonly name: string;
  readonly used: string;
  readonly limit: string;
  readonly share: readonly [used: number, limit: number];
  readonly resetsAt: string | null;
}

function UseMeter({ name, used, limit, share, resetsAt }: UseMeterProps) {
  const t = useT();
  const isSpent = share[0] >= share[1];
  return (
    <li className="min-w-0 text-sm">
      <p className="figures mb-1 flex flex-wrap justify-between gap-x-3 text-ink-2">
        <span>{name}</span>
        <span>
          <span className={`font-medium ${isSpent ? 'text-danger' : 'text-ink'}`}>{used}</span> /{' '}
          {limit}
        </span>
      </p>
      <Meter used={share[0]} limit={share[1]} label={name} />
      {resetsAt === null ? null : (
        <p className="mt-1 text-ink-2 text-xs">
          {t('limits.resets')} <LocalTime iso={resetsAt} />
        </p>
      )}
    </li>
  );
}
