'use client';

import { ArrowRight } from 'lucide-react';
import Link from 'next/link';
import { TimeRangeFilter } from '@/components/data/time-range-filter';
import { useT } from '@/components/i18n/provider';
import { Card, CardHeader } from '@/components/ui/card';
import { useUrlFilters } from '@/components/ui/use-url-filters';
import { FigureTiles } from '@/components/usage/figure-tiles';
import { LazyChart } from '@/components/usage/lazy-chart';
import { metricOf } from '@/components/usage/metric';
import { ModelShares } from '@/components/usage/model-shares';
import { DEFAULT_RANGE, questionOf } from '@/components/usage/question';
import { type FirstUsage, useUsage } from '@/components/usage/use-usage';
import { NAMED_RANGES } from '@/server/domain/usage-window';

const FILTERS = ['range', 'metric'] as const;

/** What a range of time came to, by day and model; its models in a table beside it. */
export function UsageCard({ first }: { first: FirstUsage }) {
  const t = useT();
  const [filters, change] = useUrlFilters(FILTERS);
  const question = { ...questionOf(filters.range, 'model'), by: 'model' as const };
  const { data, isPlaceholderData } = useUsage(question, first);
  const report = data ?? first.report;
  const metric = metricOf(filters.metric);
  return (
    <Card className="@container">
      <CardHeader title={t('usage.title')}>
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <Link
            href={`/usage?range=${question.range}&by=model`}
            className="inline-flex items-center gap-1 rounded-sm font-medium text-accent-strong text-sm hover:underline"
          >
            {t('overview.usageMore')}
            <ArrowRight className="size-3.5" aria-hidden="true" />
          </Link>
          <TimeRangeFilter
            range={question.range}
            presets={NAMED_RANGES}
            hasAll={false}
            onChange={(range) => change({ range: range === DEFAULT_RANGE ? '' : range })}
          />
        </div>
      </CardHeader>
      <div aria-busy={isPlaceholderData} className="transition-opacity aria-busy:opacity-60">
        <FigureTiles
          report={report}
          metric={metric}
          onMetric={(chosen) => change({ metric: chosen === 'spend' ? '' : chosen }, 'replace')}
        />
        <div className="grid border-line border-t @3xl:grid-cols-[minmax(0,1fr)_17rem]">
          <LazyChart report={report} metric={metric} isCompared={false} hasLegend={false} />
          <ModelShares report={report} metric={metric} />
        </div>
      </div>
    </Card>
  );
}
