'use client';

import { useQuery } from '@tanstack/react-query';
import { Info, KeyRound } from 'lucide-react';
import { Timestamp } from '@/components/data/timestamp';
import { useT } from '@/components/i18n/provider';
import { trpc } from '@/components/trpc/client';
import { Badge, type Tone } from '@/components/ui/badge';
import { Card } from '@/components/ui/card';
import { formatDay } from '@/components/ui/format';
import { Empty } from '@/components/ui/notice';
import { PageHeader } from '@/components/ui/page-header';
import type { KeyView } from '@/server/services/portal/list-keys';
import { KeyLimitList } from './key-limits';

const TONES: Readonly<Record<KeyView['status'], Tone>> = {
  active: 'good',
  disabled: 'waiting',
  revoked: 'bad',
  expired: 'muted',
};
const REFRESH_MS = 10_000;
const CELL = 'px-2.5 py-3 first:pl-4 last:pr-4 sm:first:pl-5 sm:last:pr-5';
const HEAD = `${CELL} py-2.5 font-medium text-ink-2 text-xs`;

export function KeysView({ initial }: { initial: readonly KeyView[] }) {
  const t = useT();
  const { data } = useQuery({
    queryKey: ['portal', 'keys'],
    queryFn: () => trpc.portal.keys.list.query().then(({ items }) => items),
    initialData: initial,
    refetchInterval: REFRESH_MS,
  });
  return (
    <>
      <PageHeader title={t('keys.title')} lead={t('keys.lead')} />
      <div className="space-y-4">
        <Card>
          {data.length === 0 ? (
            <Empty icon={KeyRound} title={t('keys.empty')} hint={t('keys.emptyHint')} />
          ) : (
            <KeyTable keys={data} />
          )}
        </Card>
        <p className="flex items-start gap-2 text-ink-2 text-sm">
          <Info className="mt-0.5 size-4 shrink-0" aria-hidden="true" />
          {t('keys.howMade')}
        </p>
      </div>
    </>
  );
}

function KeyTable({ keys }: { keys: readonly KeyView[] }) {
  const t = useT();
  return (
    <table className="w-full table-fixed text-left md:table-auto">
      <thead className="border-line border-b">
        <tr>
          <th scope="col" className={HEAD}>
            {t('keys.name')}
          </th>
          <th scope="col" className={`${HEAD} hidden md:table-cell`}>
            {t('keys.limits')}
          </th>
          <th scope="col" className={`${HEAD} hidden lg:table-cell`}>
            {t('keys.created')}
          </th>
          <th scope="col" className={`${HEAD} w-32 sm:w-48`}>
            {t('keys.lastUsed')}
          </th>
        </tr>
      </thead>
      <tbody className="divide-y divide-line">
        {keys.map((key) => (
          <KeyRow key={key.id} apiKey={key} />
        ))}
      </tbody>
    </table>
  );
}

function KeyRow({ apiKey }: { apiKey: KeyView }) {
  const t = useT();
  return (
    <tr className="align-top transition-colors hover:bg-sunken/60">
      <td className={CELL}>
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="min-w-0 break-words font-medium">{apiKey.name}</span>
          <Badge tone={TONES[apiKey.status]}>{t(`keys.status.${apiKey.status}`)}</Badge>
        </p>
        <code className="mt-0.5 block truncate font-mono text-ink-2 text-sm">{apiKey.prefix}…</code>
        <div className="mt-2 md:hidden">
          <KeyLimitList apiKey={apiKey} />
        </div>
      </td>
      <td className={`${CELL} hidden md:table-cell`}>
        <KeyLimitList apiKey={apiKey} />
      </td>
      <td className={`${CELL} hidden text-ink-2 lg:table-cell`}>
        <span className="figures">{formatDay(apiKey.createdAt)}</span>
        {apiKey.expiresAt === null ? null : (
          <span className="figures block text-sm">
            {t('keys.expires', { date: formatDay(apiKey.expiresAt) })}
          </span>
        )}
      </td>
      <td className={`${CELL} text-ink-2`}>
        {apiKey.lastUsedAt === null ? (
          t('keys.never')
        ) : (
          <Timestamp iso={apiKey.lastUsedAt} className="max-sm:whitespace-normal" />
        )}
      </td>
    </tr>
  );
}
