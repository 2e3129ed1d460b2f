import type { Metadata } from 'next';
import { requestTranslator } from '@/app/preferences';
import { readFilters } from '@/components/ui/url-filters';
import { isUuid } from '@/server/domain/id-text';
import { addressOf, type Search } from '../page-address';
import { portalFor } from '../portal';
import { FILTERS, inputOf, PAGE_SIZE } from './filter-values';
import { TransactionsView } from './transactions-view';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await requestTranslator())('transactions.title') };
}

export default async function TransactionsPage({ searchParams }: { searchParams: Search }) {
  const { path, read } = addressOf('/transactions', await searchParams);
  const portal = await portalFor(path);
  const cursor = read('before');
  const [initial, keys] = await Promise.all([
    portal.transactions({
      ...inputOf(readFilters(FILTERS, read), Date.now()),
      limit: PAGE_SIZE,
      ...(isUuid(cursor) ? { cursor } : {}),
    }),
    portal.keys.list(),
  ]);
  return (
    <TransactionsView
      initial={initial}
      keys={keys.items.map(({ id, name, prefix }) => ({ id, name, prefix }))}
      models={keys.models}
    />
  );
}
