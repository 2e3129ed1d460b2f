'use client';

import { useQuery } from '@tanstack/react-query';
import { KeyRound, Plus, SearchX } from 'lucide-react';
import { useState } from 'react';
import { csvHref } from '@/components/data/csv-href';
import { ExportButton } from '@/components/data/export-button';
import { Pager, usePages } from '@/components/data/pager';
import { useT } from '@/components/i18n/provider';
import { trpc } from '@/components/trpc/client';
import { FRESH_MS, pollEvery } from '@/components/trpc/polling';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { formatCount } from '@/components/ui/format';
import { Alert, Empty } from '@/components/ui/notice';
import { onDemand, useOnDemand } from '@/components/ui/on-demand';
import { PageHeader } from '@/components/ui/page-header';
import type { KeyList } from '@/server/services/portal/list-keys';
import { ALL_CURRENT, chooseKeys } from './choose-keys';
import type { OpenKeyDialog } from './key-dialog';
import { KeyFilters } from './key-filters';
import { KeyTable } from './key-table';
import { KEYS_QUERY } from './use-key-change';

const REFRESH_MS = 5_000;

const dialogs = onDemand(() => import('./key-dialog'));

export function KeysView({ initial, baseUrl }: { initial: KeyList; baseUrl: string }) {
  const t = useT();
  const { data, isError } = useQuery({
    queryKey: KEYS_QUERY,
    queryFn: () => trpc.portal.keys.list.query(),
    initialData: initial,
    staleTime: FRESH_MS,
    refetchInterval: pollEvery(REFRESH_MS),
  });
  const [choice, setChoice] = useState(ALL_CURRENT);
  const [open, setOpen] = useState<OpenKeyDialog | null>(null);
  const parts = useOnDemand(dialogs, open !== null);
  const shown = chooseKeys(data.items, choice);
  const { current, onPage } = usePages(shown, JSON.stringify(choice));
  const create = (label: string) => (
    <Button look="primary" onClick={() => setOpen({ action: 'create' })}>
      <Plus className="size-4" aria-hidden="true" />
      {label}
    </Button>
  );
  return (
    <>
      <PageHeader title={t('keys.title')} lead={t('keys.lead')}>
        {data.items.length === 0 ? null : (
          <div className="flex flex-wrap gap-2">
            <ExportButton
              href={() =>
                csvHref('/api/portal/keys.csv', { text: choice.text, status: choice.status })
              }
              name="keys"
            />
            {data.mayCreate ? create(t('keys.new')) : null}
          </div>
        )}
      </PageHeader>
      {isError ? (
        <div className="mb-4">
          <Alert tone="waiting">{t('keys.stale')}</Alert>
        </div>
      ) : null}
      {data.items.length === 0 ? (
        <Card>
          <Empty
            icon={KeyRound}
            title={t('keys.empty')}
            hint={data.mayCreate ? t('keys.emptyHint') : t('keys.emptyViewer')}
          >
            {data.mayCreate ? create(t('keys.firstNew')) : null}
          </Empty>
        </Card>
      ) : (
        <>
          {data.isCut ? (
            <p className="mb-4 text-ink-2">
              {t('keys.cut', { count: formatCount(data.items.length) })}
            </p>
          ) : null}
          <KeyFilters choice={choice} onChange={setChoice} />
          <Card>
            {shown.length === 0 ? (
              <Empty icon={SearchX} title={t('keys.noMatch')} hint={t('keys.noMatchHint')}>
                <Button onClick={() => setChoice(ALL_CURRENT)}>{t('keys.clear')}</Button>
              </Empty>
            ) : (
              <>
                <KeyTable
                  keys={current.rows}
                  sort={choice.sort}
                  onSort={(sort) => setChoice({ ...choice, sort })}
                  onAction={(key, action) => setOpen({ action, key })}
                />
                <Pager current={current} onPage={onPage} />
              </>
            )}
          </Card>
        </>
      )}
      {open === null || parts === null ? null : (
        <parts.KeyDialog
          open={open}
          baseUrl={baseUrl}
          models={data.models}
          onClose={() => setOpen(null)}
        />
      )}
    </>
  );
}
