'use client';

import { useT } from '@/components/i18n/provider';
import { formatCount, formatMoney } from '@/components/ui/format';
import { Meter } from '@/components/ui/meter';
import type { MessageKey } from '@/messages';
import { en } from '@/messages/en';
import type { KeyQuotaView, KeyView } from '@/server/services/portal/list-keys';

/** What holds a key back beyond its tenant's own limits. */
export function KeyLimitList({ apiKey }: { apiKey: KeyView }) {
  const t = useT();
  const lines = [
    apiKey.rpm === null ? null : t('keys.rpm', { count: formatCount(apiKey.rpm) }),
    apiKey.tpm === null ? null : t('keys.tpm', { count: formatCount(apiKey.tpm) }),
    apiKey.concurrency === null
      ? null
      : t('keys.concurrency', { count: formatCount(apiKey.concurrency) }),
    apiKey.allowedModels === null
      ? null
      : t('keys.models', { list: apiKey.allowedModels.join(', ') }),
    apiKey.allowedIps === null ? null : t('keys.ips', { list: apiKey.allowedIps.join(', ') }),
  ].filter((line) => line !== null);
  if (lines.length === 0 && apiKey.quotas.length === 0) {
    return <span className="text-ink-3">{t('keys.noLimits')}</span>;
  }
  return (
    <ul className="figures max-w-sm space-y-1 text-ink-2 text-sm">
      {lines.map((line) => (
        <li key={line} className="break-words">
          {line}
        </li>
      ))}
      {apiKey.quotas.map((quota) => (
        <li key={quota.type}>
          <KeyQuota quota={quota} />
        </li>
      ))}
    </ul>
  );
}

const isMessageKey = (key: string): key is MessageKey & `keys.quota.${string}` => key in en;

function KeyQuota({ quota }: { quota: KeyQuotaView }) {
  const t = useT();
  const show = (value: string) =>
    quota.type.endsWith('_amount') ? formatMoney(value) : formatCount(BigInt(value));
  const key = `keys.quota.${quota.type}`;
  const name = isMessageKey(key) ? t(key) : quota.type;
  return (
    <div className="py-0.5">
      <p className="mb-1">
        {show(quota.used)} / {show(quota.limit)} {name}
      </p>
      <Meter used={Number(quota.used)} limit={Number(quota.limit)} label={name} />
    </div>
  );
}
