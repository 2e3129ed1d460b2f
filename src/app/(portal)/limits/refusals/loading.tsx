import { TableSkeleton } from '@/components/data/table-skeleton';
import { PageSkeleton } from '@/components/ui/page-skeleton';

export default function Loading() {
  return (
    <PageSkeleton title="refusals.title">
      <TableSkeleton />
    </PageSkeleton>
  );
}
