'use client';

import { useT } from '@/components/i18n/provider';
import { formatCount, formatDuration, formatMoney } from '@/components/ui/format';
import { Meter } from '@/components/ui/meter';
import { KEY_QUOTA_TYPES } from '@/server/domain/quota';
import type { KeyQuotaView, KeyView } from '@/server/services/portal/list-keys';

/** What holds a key back beyond its tenant's own limits, and how much of it is used. */
export function KeyUse({ apiKey }: { apiKey: KeyView }) {
  const t = useT();
  const { rpm, tpm, concurrency, allowedModels, allowedIps } = apiKey;
  const list = (names: readonly string[]) => {
    const shown = names.slice(0, 3).join(', ');
    return names.length <= 3 ? shown : t('keys.more', { list: shown, count: names.length - 3 });
  };
  const rates = [
    rpm === null ? null : t('keys.rpm', { count: formatCount(rpm) }),
    tpm === null ? null : t('keys.tpm', { count: formatCount(tpm) }),
    concurrency === null ? null : t('keys.concurrency', { count: formatCount(concurrency) }),
  ].filter((line) => line !== null);
  const lines = [
    rates.length === 0 ? null : rates.join(' · '),
    allowedModels === null ? null : t('keys.models', { list: list(allowedModels) }),
    allowedIps === null ? null : t('keys.ips', { list: list(allowedIps) }),
  ].filter((line) => line !== null);
  if (lines.length === 0 && apiKey.quotas.length === 0) {
    return <span className="text-ink-3">{t('keys.noLimits')}</span>;
  }
  return (
    <ul className="figures max-w-sm space-y-1.5 text-ink-2 text-sm">
      {apiKey.quotas.map((quota) => (
        <li key={quota.type}>
          <QuotaUse quota={quota} />
        </li>
      ))}
      {lines.map((line) => (
        <li key={line} className="break-words">
          {line}
        </li>
      ))}
    </ul>
  );
}

function QuotaUse({ quota }: { quota: KeyQuotaView }) {
  const t = useT();
  const show = (value: string) =>
    quota.type.endsWith('_amount') ? formatMoney(value) : formatCount(BigInt(value));
  const type = KEY_QUOTA_TYPES.find((one) => one === quota.type);
  const name = type === undefined ? quota.type : t(`keys.quota.${type}`);
  const isSpent = BigInt(quota.used) >= BigInt(quota.limit);
  return (
    <>
      <p className="mb-1 flex flex-wrap justify-between gap-x-3">
        <span>
          <span className={isSpent ? 'font-medium text-danger' : 'font-medium text-ink'}>
            {show(quota.used)}
          </span>{' '}
          / {show(quota.limit)} {name}
        </span>
        {quota.resetsInMs === null ? null : (
          <span>{t('keys.resetsIn', { time: formatDuration(quota.resetsInMs, t) })}</span>
        )}
      </p>
      <Meter used={Number(quota.used)} limit={Number(quota.limit)} label={name} />
    </>
  );
}
