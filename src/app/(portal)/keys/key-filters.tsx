'use client';

import { useT } from '@/components/i18n/provider';
import { Select } from '@/components/ui/field';
import { SearchField } from '@/components/ui/search-field';
import { KEY_STATUS_CHOICES, type KeyStatusChoice } from '@/server/domain/chosen';
import type { KeyChoice } from './choose-keys';

/** Which keys are shown: by a piece of their name, and by status. */
export function KeyFilters(props: { choice: KeyChoice; onChange: (choice: KeyChoice) => void }) {
  const t = useT();
  const { choice, onChange } = props;
  const nameOf = (status: KeyStatusChoice) =>
    status === 'current' || status === 'all'
      ? t(`keys.show.${status}`)
      : t(`keys.status.${status}`);
  return (
    <div className="mb-4 flex flex-wrap items-center gap-3">
      <SearchField
        className="w-full sm:w-72"
        label={t('keys.search')}
        value={choice.text}
        onChange={(text) => onChange({ ...choice, text })}
      />
      <Select
        className="w-full sm:w-44"
        aria-label={t('keys.show')}
        value={choice.status}
        onChange={(status) => onChange({ ...choice, status })}
        choices={KEY_STATUS_CHOICES.map((value) => ({ value, label: nameOf(value) }))}
      />
    </div>
  );
}
