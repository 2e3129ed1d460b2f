'use client';

import { Plus, X } from 'lucide-react';
import { useT } from '@/components/i18n/provider';
import { Button, IconButton } from '@/components/ui/button';
import { Select, TextField } from '@/components/ui/field';
import { type Faults, PERIODS, type QuotaValues, quotaTypeOf, UNITS } from './form-values';

const FAULTS = {
  count: 'keys.fault.quotaCount',
  amount: 'keys.fault.quotaAmount',
  twice: 'keys.fault.quotaTwice',
} as const;

interface QuotaRowsProps {
  readonly quotas: readonly QuotaValues[];
  readonly faults: Faults['quotas'];
  readonly onChange: (quotas: readonly QuotaValues[]) => void;
}

/** How much of what in which period, a row for each quota. */
export function QuotaRows({ quotas, faults, onChange }: QuotaRowsProps) {
  const t = useT();
  const change = (row: number, values: Partial<QuotaValues>) =>
    onChange(quotas.map((quota) => (quota.row === row ? { ...quota, ...values } : quota)));
  return (
    <fieldset>
      <legend className="font-medium">{t('keys.quotas')}</legend>
      <p className="mt-0.5 text-ink-2 text-sm">{t('keys.quotasHint')}</p>
      <ul className={quotas.length === 0 ? '' : 'mt-2 space-y-2'}>
        {quotas.map((quota) => (
          <li key={quota.row} className="flex items-start gap-2">
            <div className="grid min-w-0 flex-1 grid-cols-2 gap-2 sm:grid-cols-[1fr_8rem_7.5rem]">
              <LimitField
                quota={quota}
                fault={faults.get(quota.row)}
                onChange={(limit) => change(quota.row, { limit })}
              />
              <Select
                aria-label={t('keys.quotaUnit')}
                value={quota.unit}
                onChange={(unit) => change(quota.row, { unit })}
                choices={UNITS.map((value) => ({ value, label: t(`keys.unit.${value}`) }))}
              />
              <Select
                aria-label={t('keys.quotaPeriod')}
                value={quota.period}
                onChange={(period) => change(quota.row, { period })}
                choices={PERIODS.map((value) => ({ value, label: t(`keys.period.${value}`) }))}
              />
            </div>
            <IconButton
              label={t('keys.removeQuota')}
              onClick={() => onChange(quotas.filter((other) => other.row !== quota.row))}
            >
              <X className="size-4" aria-hidden="true" />
            </IconButton>
          </li>
        ))}
      </ul>
      <Button className="mt-2" onClick={() => onChange([...quotas, nextQuota(quotas)])}>
        <Plus className="size-4" aria-hidden="true" />
        {t('keys.addQuota')}
      </Button>
    </fieldset>
  );
}

function LimitField(props: {
  quota: QuotaValues;
  fault: keyof typeof FAULTS | undefined;
  onChange: (limit: string) => void;
}) {
  const t = useT();
  const { quota, fault, onChange } = props;
  return (
    <TextField
      className="col-span-2 sm:col-span-1 [&>label]:sr-only"
      label={t('keys.quotaLimit')}
      fault={fault === undefined ? null : t(FAULTS[fault])}
      value={quota.limit}
      inputMode={quota.unit === 'amount' ? 'decimal' : 'numeric'}
      placeholder={quota.unit === 'amount' ? '25.00' : '1000'}
      autoComplete="off"
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

/** The first kind that is not there yet: money a month before all. */
function nextQuota(quotas: readonly QuotaValues[]): QuotaValues {
  const taken = new Set(quotas.map(quotaTypeOf));
  const kinds = (['monthly', 'daily', 'total'] as const).flatMap((period) =>
    UNITS.map((unit) => ({ period, unit })),
  );
  const free = kinds.find((kind) => !taken.has(quotaTypeOf(kind)));
  const row = 1 + Math.max(-1, ...quotas.map((quota) => quota.row));
  return { row, limit: '', period: 'monthly', unit: 'amount', ...free };
}
