import type { Metadata } from 'next';
import { requestTranslator } from '@/app/preferences';
import { portalFor } from '../portal';
import { PAGE_SIZE } from './page-size';
import { TransactionsView } from './transactions-view';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await requestTranslator())('transactions.title') };
}

export default async function TransactionsPage() {
  const portal = await portalFor('/transactions');
  return <TransactionsView initial={await portal.transactions({ limit: PAGE_SIZE })} />;
}
