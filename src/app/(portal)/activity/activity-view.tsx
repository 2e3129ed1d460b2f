'use client';

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { History, X } from 'lucide-react';
import { useCallback, useState } from 'react';
import { csvHref } from '@/components/data/csv-href';
import { ExportButton } from '@/components/data/export-button';
import { TableStates } from '@/components/data/table-states';
import { TimeRangeFilter } from '@/components/data/time-range-filter';
import { useT } from '@/components/i18n/provider';
import { trpc } from '@/components/trpc/client';
import { FRESH_MS, pollEvery } from '@/components/trpc/polling';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { FilterSelect } from '@/components/ui/filter-select';
import { PageHeader } from '@/components/ui/page-header';
import type { UrlFilters } from '@/components/ui/url-filters';
import { useUrlFilters } from '@/components/ui/use-url-filters';
import type { ActivityPage } from '@/server/services/portal/list-activity';
import { ActivityTable } from './activity-table';
import { EntryDrawer } from './entry-drawer';
import {
  FILTERS,
  type FilterName,
  inputOf,
  NO_FILTERS,
  OPERATOR,
  PAGE_SIZE,
  PLACES,
} from './filter-values';
import { ACTIONS, actionText } from './words';

const REFRESH_MS = 15_000;

interface ActivityViewProps {
  /** The page of the address as the server was asked for it. */
  readonly initial: ActivityPage;
  readonly people: readonly { readonly id: string; readonly name: string }[];
}

/** Who did what in the tenant. Filters, page and the open entry are all in the address. */
export function ActivityView({ initial, people }: ActivityViewProps) {
  const t = useT();
  const [filters, setFilters] = useUrlFilters(FILTERS);
  const [place, setPlace] = useUrlFilters(PLACES);
  const { before } = place;
  const address = JSON.stringify([filters, before]);
  const [drawn] = useState(address);
  const query = useQuery({
    queryKey: ['portal', 'activity', address],
    queryFn: () =>
      trpc.portal.activity.query({
        ...inputOf(filters, Date.now()),
        limit: PAGE_SIZE,
        ...(before === '' ? {} : { cursor: before }),
      }),
    ...(address === drawn ? { initialData: initial } : {}),
    placeholderData: keepPreviousData,
    staleTime: FRESH_MS,
    refetchInterval: before === '' ? pollEvery(REFRESH_MS) : false,
  });
  const change = useCallback(
    (wanted: Partial<UrlFilters<FilterName>>) => {
      setPlace({ before: '' }, 'replace');
      setFilters(wanted);
    },
    [setFilters, setPlace],
  );
  const items = query.data?.items ?? null;
  const nextCursor = query.data?.nextCursor ?? null;
  const isFiltered = Object.values(filters).some((value) => value !== '');
  return (
    <>
      <PageHeader title={t('activity.title')} lead={t('activity.lead')}>
        <ExportButton
          href={() => csvHref('/api/portal/activity.csv', inputOf(filters, Date.now()))}
          name="activity"
        />
      </PageHeader>
      <div className="mb-4 flex flex-wrap gap-2">
        <TimeRangeFilter
          range={filters.range}
          onChange={(range) => change({ range })}
          presets={['24h', '7d', '30d', '90d']}
        />
        <FilterSelect
          className="w-full sm:w-48"
          label={t('activity.actor')}
          all={t('activity.actor.all')}
          value={filters.actor}
          onChange={(actor) => change({ actor })}
          choices={[
            ...people.map(({ id, name }) => ({ value: id, label: name })),
            { value: OPERATOR, label: t('activity.actor.operator') },
          ]}
        />
        <FilterSelect
          className="w-full sm:w-56"
          label={t('activity.action')}
          all={t('activity.action.all')}
          value={filters.action}
          onChange={(action) => change({ action })}
          choices={ACTIONS.map((value) => ({ value, label: actionText(value, t) }))}
        />
        {isFiltered ? (
          <Button look="quiet" className="px-2.5" onClick={() => change(NO_FILTERS)}>
            <X className="size-4" aria-hidden="true" />
            {t('table.clear')}
          </Button>
        ) : null}
      </div>
      <Card className={query.isPlaceholderData ? 'opacity-60 transition-opacity delay-150' : ''}>
        <TableStates
          count={items?.length ?? null}
          isError={query.isError}
          onRetry={() => void query.refetch()}
          empty={{ icon: History, title: t('activity.empty'), hint: t('activity.emptyHint') }}
          filtered={
            isFiltered
              ? { hint: t('activity.noMatchHint'), onClear: () => change(NO_FILTERS) }
              : null
          }
        >
          <ActivityTable
            rows={items ?? []}
            openId={place.entry}
            onOpen={(entry) => setPlace({ entry })}
          />
        </TableStates>
        {before === '' && nextCursor === null ? null : (
          <div className="flex justify-end gap-2 border-line border-t px-4 py-3 sm:px-5">
            <Button disabled={before === ''} onClick={() => setPlace({ before: '' })}>
              {t('table.newest')}
            </Button>
            <Button
              disabled={nextCursor === null}
              onClick={() => (nextCursor === null ? undefined : setPlace({ before: nextCursor }))}
            >
              {t('table.older')}
            </Button>
          </div>
        )}
      </Card>
      <EntryDrawer
        entry={items?.find(({ id }) => id === place.entry) ?? null}
        onClose={() => setPlace({ entry: '' })}
      />
    </>
  );
}
