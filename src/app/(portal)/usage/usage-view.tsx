'use client';

import { ChartColumn } from 'lucide-react';
import { ExportButton } from '@/components/data/export-button';
import { TimeRangeFilter } from '@/components/data/time-range-filter';
import { useT } from '@/components/i18n/provider';
import { Card } from '@/components/ui/card';
import { Alert, Empty } from '@/components/ui/notice';
import { PageHeader } from '@/components/ui/page-header';
import { Segmented } from '@/components/ui/segmented';
import { Switch } from '@/components/ui/switch';
import { useUrlFilters } from '@/components/ui/use-url-filters';
import { FigureTiles } from '@/components/usage/figure-tiles';
import { LazyChart } from '@/components/usage/lazy-chart';
import { metricOf } from '@/components/usage/metric';
import { choicesOf, DEFAULT_RANGE, questionOf } from '@/components/usage/question';
import { type FirstUsage, useUsage } from '@/components/usage/use-usage';
import { NAMED_RANGES, parseRange } from '@/server/domain/usage-window';
import { UsageTable } from './usage-table';

const FILTERS = ['range', 'by', 'metric', 'compare'] as const;

export function UsageView({ first }: { first: FirstUsage }) {
  const t = useT();
  const [filters, change] = useUrlFilters(FILTERS);
  const question = questionOf(filters.range, filters.by);
  const { data, isError, isPlaceholderData } = useUsage(question, first);
  const report = data ?? first.report;
  const metric = metricOf(filters.metric);
  const isCompared = filters.compare === '1';
  const isEmpty = report.rows.length === 0 && report.before.requests === 0;
  const query = new URLSearchParams({ ...question });
  return (
    <>
      <PageHeader title={t('usage.title')} lead={t('usage.lead')}>
        <ExportButton href={() => `/api/portal/usage.csv?${query}`} name="usage" />
      </PageHeader>
      <div className="mb-5 flex flex-wrap items-center gap-x-4 gap-y-3">
        <TimeRangeFilter
          range={question.range}
          presets={NAMED_RANGES}
          hasAll={false}
          onChange={(range) => change({ range: range === DEFAULT_RANGE ? '' : range })}
        />
        <Segmented
          label={t('usage.groupBy')}
          value={question.by}
          onChange={(by) => change({ by })}
          options={choicesOf(parseRange(question.range) ?? DEFAULT_RANGE).map((by) => ({
            value: by,
            label: t(`usage.by.${by}`),
          }))}
        />
        <Switch
          className="sm:ml-auto"
          label={t('usage.compare')}
          checked={isCompared}
          onChange={(on) => change({ compare: on ? '1' : '' }, 'replace')}
        />
      </div>
      {isError ? (
        <div className="mb-4">
          <Alert tone="waiting">{t('usage.stale')}</Alert>
        </div>
      ) : null}
      {isEmpty ? (
        <Card>
          <Empty icon={ChartColumn} title={t('usage.empty')} hint={t('usage.emptyHint')} />
        </Card>
      ) : (
        <div
          aria-busy={isPlaceholderData}
          className="space-y-5 transition-opacity aria-busy:opacity-60"
        >
          <Card className="@container">
            <FigureTiles
              report={report}
              metric={metric}
              onMetric={(chosen) => change({ metric: chosen === 'spend' ? '' : chosen }, 'replace')}
            />
            <div className="border-line border-t">
              <LazyChart report={report} metric={metric} isCompared={isCompared} />
            </div>
          </Card>
          <Card>
            <UsageTable
              key={`${report.by} ${report.slots[0]}`}
              report={report}
              metric={metric}
              isCompared={isCompared}
            />
          </Card>
          <p className="text-ink-2 text-sm">{t('usage.footnote')}</p>
        </div>
      )}
    </>
  );
}
