import { requestTranslator } from '@/app/preferences';
import { TableSkeleton } from '@/components/data/table-skeleton';
import { Card } from '@/components/ui/card';
import { PageHeader } from '@/components/ui/page-header';
import { Skeleton } from '@/components/ui/skeleton';
import { UsageSkeleton } from '@/components/usage/usage-skeleton';

export default async function UsageLoading() {
  const t = await requestTranslator();
  return (
    <>
      <PageHeader title={t('usage.title')} lead={t('usage.lead')} />
      <div className="mb-5 flex gap-4">
        <Skeleton className="h-9 w-44" />
        <Skeleton className="h-9 w-56" />
      </div>
      <div className="space-y-5">
        <UsageSkeleton />
        <Card>
          <TableSkeleton />
        </Card>
      </div>
    </>
  );
}
