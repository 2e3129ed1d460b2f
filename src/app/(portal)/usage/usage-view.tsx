'use client';

import { useQuery } from '@tanstack/react-query';
import { ChartColumn } from 'lucide-react';
import { useState } from 'react';
import { useT } from '@/components/i18n/provider';
import { trpc } from '@/components/trpc/client';
import { Card, CardHeader } from '@/components/ui/card';
import { Empty } from '@/components/ui/notice';
import { PageHeader } from '@/components/ui/page-header';
import { Segmented } from '@/components/ui/segmented';
import type { Usage } from '@/server/services/portal/read-usage';
import { METRICS, type Metric } from './metric';
import { UsageChart } from './usage-chart';
import { UsageTable } from './usage-table';

const REFRESH_MS = 15_000;

export function UsageView({ initial }: { initial: Usage }) {
  const t = useT();
  const [metric, setMetric] = useState<Metric>('spend');
  const { data } = useQuery({
    queryKey: ['portal', 'usage'],
    queryFn: () => trpc.portal.usage.query(),
    initialData: initial,
    refetchInterval: REFRESH_MS,
  });
  const isEmpty = data.days.every((day) => day.requests === 0);
  return (
    <>
      <PageHeader title={t('usage.title')} lead={t('usage.lead')} />
      {isEmpty ? (
        <Card>
          <Empty icon={ChartColumn} title={t('usage.empty')} hint={t('usage.emptyHint')} />
        </Card>
      ) : (
        <div className="space-y-5">
          <Card>
            <CardHeader title={t(`usage.${metric}`)}>
              <Segmented
                label={t('usage.metric')}
                value={metric}
                onChange={setMetric}
                options={METRICS.map((value) => ({ value, label: t(`usage.${value}`) }))}
              />
            </CardHeader>
            <UsageChart days={data.days} metric={metric} />
          </Card>
          <Card>
            <UsageTable days={data.days} />
          </Card>
        </div>
      )}
    </>
  );
}
