import { Lock } from 'lucide-react';
import type { Metadata } from 'next';
import { requestTranslator } from '@/app/preferences';
import { Card } from '@/components/ui/card';
import { Empty } from '@/components/ui/notice';
import { PageHeader } from '@/components/ui/page-header';
import { readFilters } from '@/components/ui/url-filters';
import { isUuid } from '@/server/domain/id-text';
import { may } from '@/server/domain/permissions';
import { addressOf, type Search } from '../page-address';
import { portalFor, viewerOf } from '../portal';
import { ActivityView } from './activity-view';
import { FILTERS, inputOf, PAGE_SIZE } from './filter-values';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await requestTranslator())('activity.title') };
}

export default async function ActivityPage({ searchParams }: { searchParams: Search }) {
  const { path, read } = addressOf('/activity', await searchParams);
  const { membership } = await viewerOf(path);
  if (!may(membership.role, 'activity.read')) return await NotYours();
  const portal = await portalFor(path);
  const cursor = read('before');
  const [initial, { members }] = await Promise.all([
    portal.activity({
      ...inputOf(readFilters(FILTERS, read), Date.now()),
      limit: PAGE_SIZE,
      ...(isUuid(cursor) ? { cursor } : {}),
    }),
    portal.members.list(),
  ]);
  return (
    <ActivityView
      initial={initial}
      people={members.map(({ accountId, name }) => ({ id: accountId, name }))}
    />
  );
}

/** For whom the log is not: it says so, and who it is for. */
async function NotYours() {
  const t = await requestTranslator();
  return (
    <>
      <PageHeader title={t('activity.title')} />
      <Card>
        <Empty icon={Lock} title={t('activity.notYours')} hint={t('activity.notYoursHint')} />
      </Card>
    </>
  );
}
