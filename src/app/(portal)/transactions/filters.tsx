'use client';

import { ListFilter, X } from 'lucide-react';
import { useCallback, useState } from 'react';
import { TimeRangeFilter } from '@/components/data/time-range-filter';
import { useT } from '@/components/i18n/provider';
import { Button } from '@/components/ui/button';
import { FilterSelect } from '@/components/ui/filter-select';
import { SearchField } from '@/components/ui/search-field';
import type { UrlFilters } from '@/components/ui/url-filters';
import { useTyped } from '@/components/ui/use-typed';
import type { HistoryStep } from '@/components/ui/use-url-filters';
import { TRANSACTION_KINDS, TRANSACTION_STATUSES } from '@/server/domain/charge';
import { AmountFilter } from './amount-filter';
import { type FilterName, NO_FILTERS } from './filter-values';

export interface KeyName {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
}

interface FiltersProps {
  readonly filters: UrlFilters<FilterName>;
  readonly onChange: (change: Partial<UrlFilters<FilterName>>, step?: HistoryStep) => void;
  readonly keys: readonly KeyName[];
  readonly models: readonly string[];
}

/** Which rows are shown; each choice is in the address. */
export function Filters({ filters, onChange, keys, models }: FiltersProps) {
  const t = useT();
  const [typed, setTyped] = useTyped(
    filters.trace,
    useCallback((trace: string) => onChange({ trace }, 'replace'), [onChange]),
  );
  const [isUnfolded, setIsUnfolded] = useState(false);
  const set = Object.values(filters).filter((value) => value !== '').length;
  // On a phone they would push the rows off the screen.
  const folded = isUnfolded ? '' : 'max-sm:hidden';
  return (
    <div className="mb-4 space-y-2">
      <div className="flex flex-wrap gap-2">
        <SearchField
          className="min-w-0 flex-1"
          label={t('transactions.search')}
          value={typed}
          onChange={setTyped}
          lengthMax={128}
        />
        <Button
          className="h-10 sm:hidden"
          aria-expanded={isUnfolded}
          onClick={() => setIsUnfolded(!isUnfolded)}
        >
          <ListFilter className="size-4" aria-hidden="true" />
          {set === 0 ? t('table.filters') : t('table.filtersSet', { count: set })}
        </Button>
        <div className={`w-full sm:w-auto ${folded}`}>
          <TimeRangeFilter
            range={filters.range}
            onChange={(range) => onChange({ range })}
            presets={['1h', '24h', '7d', '30d']}
          />
        </div>
        {set === 0 ? null : (
          <Button
            look="quiet"
            className={`px-2.5 max-sm:w-full ${folded}`}
            onClick={() => onChange(NO_FILTERS)}
          >
            <X className="size-4" aria-hidden="true" />
            {t('table.clear')}
          </Button>
        )}
      </div>
      <div className={`grid grid-cols-2 gap-2 sm:grid-cols-3 lg:grid-cols-5 ${folded}`}>
        <FilterSelect
          label={t('transactions.status')}
          all={t('transactions.status.all')}
          value={oneOf(TRANSACTION_STATUSES, filters.status)}
          onChange={(status) => onChange({ status })}
          choices={TRANSACTION_STATUSES.map((value) => ({ value, label: t(`status.${value}`) }))}
        />
        <FilterSelect
          label={t('transactions.kind')}
          all={t('transactions.kind.all')}
          value={oneOf(TRANSACTION_KINDS, filters.kind)}
          onChange={(kind) => onChange({ kind })}
          choices={TRANSACTION_KINDS.map((value) => ({
            value,
            label: t(`transactions.kind.${value}`),
          }))}
        />
        <FilterSelect
          label={t('transactions.key')}
          all={t('transactions.key.all')}
          value={filters.key}
          onChange={(key) => onChange({ key })}
          choices={withChosen(
            keys.map(({ id, name, prefix }) => ({ value: id, label: `${name} (${prefix}…)` })),
            filters.key,
          )}
        />
        <FilterSelect
          label={t('transactions.model')}
          all={t('transactions.model.all')}
          value={filters.model}
          onChange={(model) => onChange({ model })}
          choices={withChosen(
            models.map((value) => ({ value, label: value })),
            filters.model,
          )}
        />
        <AmountFilter min={filters.min} max={filters.max} onChange={onChange} />
      </div>
    </div>
  );
}

const oneOf = <Value extends string>(values: readonly Value[], text: string): Value | '' =>
  values.find((value) => value === text) ?? '';

/** A model that is no longer in the catalogue still has its rows. */
function withChosen(choices: readonly { value: string; label: string }[], chosen: string) {
  const isThere = chosen === '' || choices.some(({ value }) => value === chosen);
  return isThere ? choices : [...choices, { value: chosen, label: chosen }];
}
