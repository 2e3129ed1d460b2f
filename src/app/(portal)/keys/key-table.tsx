'use client';

import { History } from 'lucide-react';
import { SortHead } from '@/components/data/sort-head';
import { Timestamp } from '@/components/data/timestamp';
import { useT } from '@/components/i18n/provider';
import { Badge, type Tone } from '@/components/ui/badge';
import { formatDay, formatInstant } from '@/components/ui/format';
import type { KeyView } from '@/server/services/portal/list-keys';
import type { KeyChoice } from './choose-keys';
import { type KeyAction, KeyActions } from './key-actions';
import { KeyUse } from './key-use';

const TONES: Readonly<Record<KeyView['status'], Tone>> = {
  active: 'good',
  disabled: 'waiting',
  revoked: 'bad',
  expired: 'muted',
};
const CELL = 'px-2.5 py-3.5 first:pl-4 last:pr-2 sm:first:pl-5 sm:last:pr-3';
const HEAD = 'px-2.5 py-1 first:pl-4 last:pr-2 font-medium text-ink-2 text-xs sm:first:pl-5';

interface KeyTableProps {
  readonly keys: readonly KeyView[];
  readonly sort: KeyChoice['sort'];
  readonly onSort: (sort: KeyChoice['sort']) => void;
  readonly onAction: (apiKey: KeyView, action: KeyAction) => void;
}

export function KeyTable({ keys, sort, onSort, onAction }: KeyTableProps) {
  const t = useT();
  const head = { sort, onSort };
  return (
    <table className="w-full table-fixed text-left">
      <thead className="border-line border-b">
        <tr>
          <SortHead {...head} by="name" label={t('keys.name')} className="md:w-[34%] lg:w-[27%]" />
          <th scope="col" className={`${HEAD} hidden md:table-cell`}>
            {t('keys.limits')}
          </th>
          <SortHead
            {...head}
            by="createdAt"
            firstDescending
            label={t('keys.created')}
            className="hidden w-30 lg:table-cell"
          />
          <SortHead
            {...head}
            by="lastUsedAt"
            firstDescending
            label={t('keys.lastUsed')}
            className="hidden w-30 md:table-cell lg:w-42"
          />
          <td className="w-13" />
        </tr>
      </thead>
      <tbody className="divide-y divide-line">
        {keys.map((key) => (
          <KeyRow key={key.id} apiKey={key} onAction={onAction} />
        ))}
      </tbody>
    </table>
  );
}

function KeyRow(props: {
  apiKey: KeyView;
  onAction: (apiKey: KeyView, action: KeyAction) => void;
}) {
  const t = useT();
  const { apiKey } = props;
  return (
    <tr className="align-top transition-colors hover:bg-sunken/60">
      <td className={CELL}>
        <KeyName apiKey={apiKey} />
        <div className="mt-3 space-y-2 md:hidden">
          <KeyUse apiKey={apiKey} />
          <p className="figures text-ink-2 text-sm">
            {t('keys.lastUsedLine', { time: usedAt(apiKey) ?? t('keys.never') })}
          </p>
        </div>
      </td>
      <td className={`${CELL} hidden md:table-cell`}>
        <KeyUse apiKey={apiKey} />
      </td>
      <td className={`${CELL} hidden text-ink-2 lg:table-cell`}>
        <span className="figures">{formatDay(apiKey.createdAt)}</span>
        {apiKey.creatorName === null ? null : (
          <span className="block truncate text-sm">
            {t('keys.by', { name: apiKey.creatorName })}
          </span>
        )}
      </td>
      <td className={`${CELL} hidden text-ink-2 md:table-cell`}>
        {apiKey.lastUsedAt === null ? (
          t('keys.never')
        ) : (
          <Timestamp iso={apiKey.lastUsedAt} className="whitespace-normal lg:whitespace-nowrap" />
        )}
      </td>
      <td className={`${CELL} py-2 text-right`}>
        {apiKey.mayChange ? (
          <KeyActions apiKey={apiKey} onAction={(action) => props.onAction(apiKey, action)} />
        ) : null}
      </td>
    </tr>
  );
}

const usedAt = ({ lastUsedAt }: KeyView): string | null =>
  lastUsedAt === null ? null : `${formatInstant(lastUsedAt)} UTC`;

function KeyName({ apiKey }: { apiKey: KeyView }) {
  const t = useT();
  const { expiresAt, previous, status } = apiKey;
  return (
    <>
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <span className="min-w-0 break-words font-medium">{apiKey.name}</span>
        <Badge tone={TONES[status]}>{t(`keys.status.${status}`)}</Badge>
      </p>
      <p className="mt-0.5 flex flex-wrap gap-x-2 text-ink-2 text-sm">
        <code className="font-mono">{apiKey.prefix}…</code>
        {expiresAt === null ? null : (
          <span className="figures">
            {t(status === 'expired' ? 'keys.hasExpired' : 'keys.expires', {
              date: formatDay(expiresAt),
            })}
          </span>
        )}
      </p>
      {previous === null ? null : (
        <p className="figures mt-1 flex items-start gap-1.5 text-sm text-warn">
          <History className="mt-0.5 size-3.5 shrink-0" aria-hidden="true" />
          {t('keys.previous', { prefix: previous.prefix, time: formatInstant(previous.until) })}
        </p>
      )}
    </>
  );
}
