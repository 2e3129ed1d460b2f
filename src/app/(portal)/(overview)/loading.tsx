import { requestTranslator } from '@/app/preferences';
import { Card } from '@/components/ui/card';
import { PageHeader } from '@/components/ui/page-header';
import { Skeleton } from '@/components/ui/skeleton';
import { UsageSkeleton } from '@/components/usage/usage-skeleton';

const PANELS = ['balance', 'day', 'month'];

export default async function OverviewLoading() {
  const t = await requestTranslator();
  return (
    <>
      <PageHeader title={t('overview.title')} lead={t('overview.lead')} />
      <div role="status" className="space-y-5">
        <span className="sr-only">{t('common.loading')}</span>
        <Card className="@container">
          <div className="grid gap-px bg-line *:bg-surface @md:grid-cols-2 @3xl:grid-cols-[1.25fr_1fr_1fr]">
            {PANELS.map((panel) => (
              <div key={panel} className="space-y-4 p-5 @md:first:col-span-2 @3xl:first:col-span-1">
                <Skeleton className="h-3 w-24" />
                <Skeleton className="h-8 w-36" />
                <Skeleton className="h-3 w-28" />
              </div>
            ))}
          </div>
        </Card>
        <UsageSkeleton />
      </div>
    </>
  );
}
