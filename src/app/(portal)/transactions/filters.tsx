'use client';

import { Search } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useT } from '@/components/i18n/provider';
import { Segmented } from '@/components/ui/segmented';

const STATUSES = ['PENDING', 'COMMITTED', 'VOIDED'] as const;

export interface TransactionFilter {
  readonly status: 'all' | (typeof STATUSES)[number];
  readonly traceId: string;
}

export const NO_FILTER: TransactionFilter = { status: 'all', traceId: '' };

const TYPING_MS = 250;

/** Status and trace id; typing asks the server once it pauses. */
export function Filters(props: {
  value: TransactionFilter;
  onChange: (filter: TransactionFilter) => void;
}) {
  const t = useT();
  const { value, onChange } = props;
  const [typed, setTyped] = useState(value.traceId);
  const [seen, setSeen] = useState(value.traceId);
  if (seen !== value.traceId) {
    setSeen(value.traceId);
    setTyped(value.traceId);
  }
  useEffect(() => {
    const traceId = typed.trim();
    if (traceId === value.traceId) return;
    const timer = setTimeout(() => onChange({ ...value, traceId }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, value, onChange]);

  return (
    <div className="mb-4 flex flex-wrap items-center gap-3">
      <div className="relative w-full sm:w-80">
        <Search
          className="pointer-events-none absolute top-2.5 left-3 size-4 text-ink-3"
          aria-hidden="true"
        />
        <input
          type="search"
          aria-label={t('transactions.search')}
          placeholder={t('transactions.search')}
          value={typed}
          maxLength={128}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => setTyped(event.target.value)}
          className="h-9 w-full rounded-md border border-line-strong bg-surface pr-3 pl-9 text-lg placeholder:text-ink-3 focus-visible:border-accent focus-visible:outline-offset-0 sm:text-base"
        />
      </div>
      <Segmented
        label={t('transactions.status')}
        value={value.status}
        onChange={(status) => onChange({ ...value, status })}
        options={[
          { value: 'all', label: t('transactions.status.all') },
          ...STATUSES.map((status) => ({ value: status, label: t(`status.${status}`) })),
        ]}
      />
    </div>
  );
}
