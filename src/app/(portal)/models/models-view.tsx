'use client';

import { Layers, SearchX } from 'lucide-react';
import { useMemo } from 'react';
import { csvHref } from '@/components/data/csv-href';
import { ExportButton } from '@/components/data/export-button';
import { Pager, usePages } from '@/components/data/pager';
import type { Sorting } from '@/components/data/sort-head';
import { useT } from '@/components/i18n/provider';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { Empty } from '@/components/ui/notice';
import { PageHeader } from '@/components/ui/page-header';
import { SearchField } from '@/components/ui/search-field';
import { useUrlFilters } from '@/components/ui/use-url-filters';
import type { ModelView } from '@/server/services/models/view';
import { Calculator, useAsked } from './calculator';
import {
  cheapestOf,
  chooseModels,
  MODEL_SORTS,
  type ModelSort,
  priceModels,
} from './choose-models';
import { ModelTable } from './model-table';

/** The catalogue, and what a request would cost with each of it. */
export function ModelsView({ models }: { models: readonly ModelView[] }) {
  const t = useT();
  const [filters, setFilters] = useUrlFilters(['q', 'sort'] as const);
  const { asked, isExample, change } = useAsked();
  const sort = readSort(filters.sort);
  const priced = useMemo(() => priceModels(models, asked), [models, asked]);
  const shown = chooseModels(priced, filters.q, sort);
  const { current, onPage } = usePages(shown, JSON.stringify(filters));
  if (models.length === 0) {
    return (
      <>
        <PageHeader title={t('models.title')} />
        <Card>
          <Empty icon={Layers} title={t('models.empty')} hint={t('models.emptyHint')} />
        </Card>
      </>
    );
  }
  return (
    <>
      <PageHeader title={t('models.title')} lead={t('models.lead')}>
        <ExportButton
          href={() => csvHref('/api/portal/models.csv', { q: filters.q })}
          name="models"
        />
      </PageHeader>
      <Calculator asked={asked} isExample={isExample} onChange={change} />
      <SearchField
        className="mt-5 mb-4 w-full sm:w-72"
        label={t('models.search')}
        value={filters.q}
        onChange={(q) => setFilters({ q }, 'replace')}
      />
      <Card>
        {shown.length === 0 ? (
          <Empty icon={SearchX} title={t('models.noMatch')} hint={t('models.noMatchHint')}>
            <Button onClick={() => setFilters({ q: '' })}>{t('keys.clear')}</Button>
          </Empty>
        ) : (
          <>
            <ModelTable
              rows={current.rows}
              cheapest={shown.length > 1 ? cheapestOf(shown, asked) : null}
              sort={sort}
              onSort={({ by, isDescending }) =>
                setFilters({ sort: `${isDescending ? '-' : ''}${by}` }, 'replace')
              }
            />
            <Pager current={current} onPage={onPage} />
          </>
        )}
      </Card>
    </>
  );
}

/** `cost`, or `-cost` for the other way round. */
function readSort(text: string): Sorting<ModelSort> {
  const by = MODEL_SORTS.find((one) => one === text.replace(/^-/, '')) ?? 'name';
  return { by, isDescending: text.startsWith('-') };
}
