'use client';

import { Search } from 'lucide-react';
import { useT } from '@/components/i18n/provider';
import { Select } from '@/components/ui/field';
import { type KeyChoice, STATUS_CHOICES, type StatusChoice } from './choose-keys';

/** Which keys are shown: by a piece of their name, and by status. */
export function KeyFilters(props: { choice: KeyChoice; onChange: (choice: KeyChoice) => void }) {
  const t = useT();
  const { choice, onChange } = props;
  const nameOf = (status: StatusChoice) =>
    status === 'current' || status === 'all'
      ? t(`keys.show.${status}`)
      : t(`keys.status.${status}`);
  return (
    <div className="mb-4 flex flex-wrap items-center gap-3">
      <div className="relative w-full sm:w-72">
        <Search
          className="pointer-events-none absolute top-3 left-3 size-4 text-ink-3 sm:top-2.5"
          aria-hidden="true"
        />
        <input
          type="search"
          aria-label={t('keys.search')}
          placeholder={t('keys.search')}
          value={choice.text}
          maxLength={200}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => onChange({ ...choice, text: event.target.value })}
          className="h-10 w-full rounded-md border border-line-strong bg-surface pr-3 pl-9 text-lg placeholder:text-ink-3 focus-visible:border-accent focus-visible:outline-offset-0 sm:h-9 sm:text-base"
        />
      </div>
      <Select
        className="w-full sm:w-44"
        aria-label={t('keys.show')}
        value={choice.status}
        onChange={(status) => onChange({ ...choice, status })}
        choices={STATUS_CHOICES.map((value) => ({ value, label: nameOf(value) }))}
      />
    </div>
  );
}
